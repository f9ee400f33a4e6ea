/*
 * Confines the process once its files and sockets are open, so that an attacker who takes control
 * gains little. After sandbox_enter, the process cannot start a program or process, send a signal
 * to another process, create a socket (except TCP with SANDBOX_CONNECTS) or map executable memory
 * (except with SANDBOX_COMPILES), and it can open files only in allowed folders.
 *
 *	sandbox_open(&s, 0);
 *	sandbox_allow(&s, options.stats, SANDBOX_REPLACE);
 *	why = sandbox_enter(&s);
 *
 * A program whose configuration file names files and ports confines itself twice: before it parses
 * the configuration, and more narrowly when the files and ports are known.
 *
 *	sandbox_open(&s, SANDBOX_CONNECTS | SANDBOX_NARROWS);
 *	sandbox_allow(&s, "/", SANDBOX_READ);
 *	why = sandbox_enter(&s);
 *	...
 *	sandbox_open(&s, SANDBOX_CONNECTS);
 *	sandbox_allow_port(&s, 179);
 *	why = sandbox_narrow(&s);
 *
 * The sandbox uses Landlock and seccomp. Features that the kernel lacks are skipped, with a debug
 * message unless CONFINEMENT_NOTED is set in the environment.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Sanitizers and coverage need rights at exit that the sandbox refuses. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNCONFINED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(UNCONFINED)
#define UNCONFINED
#endif

/* Access to the files of a folder. */
enum sandbox_may {
	SANDBOX_READ = 1,	/* open to read */
	SANDBOX_WRITE = 2,	/* open to write, also a FIFO */
	SANDBOX_REMOVE = 4,
	SANDBOX_REPLACE = 8,	/* all of the above, create and rename */
};

/* Operations of a program beyond reading and writing. */
enum sandbox_does {
	SANDBOX_CONNECTS = 1,	/* TCP connections, to the ports of sandbox_allow_port */
	SANDBOX_COMPILES = 2,	/* machine code, in writable and executable memory */
	SANDBOX_NARROWS = 4,	/* any port is allowed until sandbox_narrow is called */
	SANDBOX_CAPTURES = 8,	/* the state of a network interface, which libpcap reads */
};

struct sandbox {
	int rules;		/* a Landlock ruleset, or -1 */
	int error;		/* the errno if `rules` is -1 */
	const char *failure;	/* the reason why a rule could not be added; or NULL */
	unsigned version;	/* the version of Landlock; 0: no Landlock */
	unsigned does;
};

void sandbox_open(struct sandbox *s, unsigned does);

/*
 * Allows access to all files in the folder of `path`, since files are replaced by renaming. If
 * `path` is a symbolic link, access to the folder of its present target is also allowed. Ignores
 * NULL.
 */
void sandbox_allow(struct sandbox *s, const char *path, unsigned may);

/* Allows TCP connections to this port at any address; needs version 4 of Landlock. */
void sandbox_allow_port(struct sandbox *s, uint16_t port);

/* Whether ports without sandbox_allow_port will be refused. */
static inline bool
sandbox_limits_ports(const struct sandbox *s)
{
	return s->version >= 4;
}

/*
 * Confines this thread and the threads that it creates later. Returns NULL, or the reason of a
 * failure: then the sandbox is incomplete, and the caller must exit.
 */
__attribute__((warn_unused_result)) const char *sandbox_enter(struct sandbox *s);

/* Confines further after SANDBOX_NARROWS. Returns NULL, or the reason as for sandbox_enter. */
__attribute__((warn_unused_result)) const char *sandbox_narrow(struct sandbox *s);

#endif
