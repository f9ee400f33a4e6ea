/*
 * Messages on stderr: `program: message`. When stderr is the journal, a priority `<N>` precedes
 * each message (sd-daemon(3)), so that journalctl -p works.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

/* Sets the name of the program, which begins every message. The name is not copied. */
void log_open(const char *program);

/* The name that was passed to log_open. */
const char *log_program(void);

__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);

/* Logs a message for troubleshooting, only if stderr is the journal. */
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);

/* Logs an error and ends the program with status 2: only for cmd/ and its option parsing. */
__attribute__((format(printf, 1, 2), noreturn)) void log_die(const char *format, ...);

/* As log_die, if the value of an option is refused: `why` is the reason, or NULL. */
void log_require(const char *option, const char *value, const char *why);

/*
 * Report a usage error and end the program like log_die. log_misuse adds `; try 'PROGRAM --help'`
 * to the reason. log_try_help prints only this advice, after getopt_long(3) has printed the reason.
 */
__attribute__((format(printf, 1, 2), noreturn)) void log_misuse(const char *format, ...);
__attribute__((noreturn)) void log_try_help(void);

/*
 * A limit for messages that hostile input can cause: 100 in ten seconds. The first message after
 * the ten seconds is preceded by the number of suppressed messages. Initialize with zeros.
 */
struct log_limit {
	int64_t until;		/* end of the current ten seconds, monotonic microseconds */
	unsigned said;		/* messages logged in the ten seconds */
	uint64_t held;		/* messages suppressed */
};

__attribute__((format(printf, 2, 3))) void log_limited(struct log_limit *l, const char *format,
    ...);

#endif
