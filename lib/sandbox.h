/*
 * Confinement of the process to what it still has to do, once its files and sockets are open: so
 * that who takes it over by what it reads gains little. From then on it runs no other program,
 * makes no process, opens files in the folders that it has named only, and sockets only where it
 * says that it connects.
 *
 *	sandbox_open(&s);
 *	sandbox_allow(&s, options.stats, SANDBOX_REPLACE);
 *	sandbox_enter(&s, false);
 *
 * It is Linux's Landlock and seccomp. What the system does not have is done without, with a word at
 * debug level, unless CONFINEMENT_NOTED is set in the environment.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/*
 * What a sanitizer or the measuring of coverage does at the end of a program is not to be had
 * inside: such go without.
 */
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

struct sandbox {
	int rules;		/* a Landlock ruleset; -1: without */
	unsigned version;	/* of Landlock's interface */
};

void sandbox_open(struct sandbox *s);

/*
 * Allows this in the folder of `path`, since a file may be replaced by another of its name; and
 * where that is a symbolic link, in the folder that it leads to now. NULL is no path, and left out.
 */
void sandbox_allow(struct sandbox *s, const char *path, unsigned may);

/*
 * From here on, for this thread and those that it makes: so it comes before the first. `connects`:
 * sockets may be made and connected yet. Does not come back where that fails halfway: the program
 * ends with a word about it.
 */
void sandbox_enter(struct sandbox *s, bool connects);

#endif
