/*
 * Confinement of the process to what it must still do once its files and sockets are open, so that
 * an attacker who takes it over by its input gains little. From sandbox_enter on the process starts
 * no program and no process, sends no signal to another process, creates no socket (but TCP sockets
 * where it connects), gets no executable memory (but where it compiles), and opens files only in
 * the folders that it has named.
 *
 *	sandbox_open(&s, 0);
 *	sandbox_allow(&s, options.stats, SANDBOX_REPLACE);
 *	why = sandbox_enter(&s);
 *
 * A program whose files and ports are named in a file confines itself twice: before it parses that
 * file, and again, more narrowly, when it knows them.
 *
 *	sandbox_open(&s, SANDBOX_CONNECTS | SANDBOX_NARROWS);
 *	sandbox_allow(&s, "/", SANDBOX_READ);
 *	why = sandbox_enter(&s);
 *	...
 *	sandbox_open(&s, SANDBOX_CONNECTS);
 *	sandbox_allow_port(&s, 179);
 *	why = sandbox_narrow(&s);
 *
 * It is Linux's Landlock and seccomp. What the kernel lacks is skipped, with a message of priority
 * debug, unless CONFINEMENT_NOTED is set in the environment.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* A sanitizer and the measuring of coverage need more at the end of a program than is allowed. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNCONFINED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(UNCONFINED)
#define UNCONFINED
#endif

/* What may be done in a folder. */
enum sandbox_may {
	SANDBOX_READ = 1,	/* open its files to read */
	SANDBOX_WRITE = 2,	/* open its files to write, FIFOs too */
	SANDBOX_REMOVE = 4,
	SANDBOX_REPLACE = 8,	/* all of these, make files, give them other names */
};

/* What the program does beyond reading and writing. */
enum sandbox_does {
	SANDBOX_CONNECTS = 1,	/* TCP connections, to the ports of sandbox_allow_port */
	SANDBOX_COMPILES = 2,	/* machine code, in memory that is writable and executable */
	SANDBOX_NARROWS = 4,	/* sandbox_narrow later; until then any port may be connected to */
};

struct sandbox {
	int rules;		/* a Landlock ruleset; -1: without */
	int error;		/* why without */
	const char *failure;	/* the first rule that could not be added, and why; or NULL */
	unsigned version;	/* of Landlock's interface; 0: without */
	unsigned does;
};

void sandbox_open(struct sandbox *s, unsigned does);

/*
 * Allows this in the folder of `path`, since a file may be replaced by another of its name; and
 * where that is a symbolic link, in the folder that it leads to now. NULL is no path, and left out.
 */
void sandbox_allow(struct sandbox *s, const char *path, unsigned may);

/* Allows TCP connections to this port, at any address; Landlock refuses others since version 4. */
void sandbox_allow_port(struct sandbox *s, uint16_t port);

/* Whether other ports will be refused: Landlock of version 4 is here. */
static inline bool
sandbox_limits_ports(const struct sandbox *s)
{
	return s->version >= 4;
}

/*
 * Confines this thread, and those that it creates later. NULL, or the reason of a failure: then the
 * sandbox may have a hole, or refuse what the program needs, and the caller must exit.
 */
__attribute__((warn_unused_result)) const char *sandbox_enter(struct sandbox *s);

/*
 * Confines a process that has entered with SANDBOX_NARROWS to what both rulesets allow. NULL, or
 * the reason as above.
 */
__attribute__((warn_unused_result)) const char *sandbox_narrow(struct sandbox *s);

#endif
