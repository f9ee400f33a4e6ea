/*
 * Words for people, on stderr: `program: message`, with a `<N>` priority before it when stderr is
 * the journal (sd-daemon(3)), so that journalctl -p works.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

/* Remembers the program's name (not copied), by which every message begins. */
void log_open(const char *program);

/* The name given to log_open. */
const char *log_program(void);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

/* For who looks for it: in the journal only, where it is not in the way. */
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);

/* An error that ends the program with status 2. */
__attribute__((format(printf, 1, 2), noreturn)) void log_die(const char *format, ...);

/*
 * Wrong usage: as log_die, with `; try 'PROGRAM --help'` after the reason. log_try_help has only
 * that, for getopt_long(3), which prints the reason itself.
 */
__attribute__((format(printf, 1, 2), noreturn)) void log_misuse(const char *format, ...);
__attribute__((noreturn)) void log_try_help(void);

/*
 * A limit for messages that hostile input can cause: 100 in ten seconds, then silence; the next
 * message after that says how many were held back. Zeroed at the start.
 */
struct log_limit {
	int64_t until;		/* end of the current ten seconds, monotonic microseconds */
	unsigned said;
	uint64_t held;
};

__attribute__((format(printf, 2, 3))) void log_limited(struct log_limit *l, const char *format,
    ...);

#endif
