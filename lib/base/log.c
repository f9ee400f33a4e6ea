#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"

static const char *name = "dnstap-bgp";
static bool journal;

/* JOURNAL_STREAM has the device and inode of the journal's stream. A redirected stderr differs. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%lu:%lu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_open(const char *program)
{
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	name = program;
	journal = stderr_is_journal();
}

const char *
log_program(void)
{
	return name;
}

/*
 * Writes a byte, escaped if it is a control byte: a CR from a configuration file must be visible,
 * and a file name must not control a terminal. Returns the length.
 */
static int
put_visible(char *to, size_t room, unsigned char c)
{
	if (c == '\r')
		return snprintf(to, room, "\\r");
	return snprintf(to, room, c < ' ' || c == 0x7f ? "\\x%02x" : "%c", c);
}

/* Each message is one write(2), so that messages of several programs do not mix. */
static void
say(int priority, const char *format, va_list args)
{
	char text[2048], line[sizeof(text)];
	size_t n = 0;

	if (journal)
		n += (size_t)snprintf(line, sizeof(line), "<%d>", priority);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", name);
	vsnprintf(text, sizeof(text), format, args);
	for (const char *c = text; *c != '\0' && n < sizeof(line) - 8; c++)
		n += (size_t)put_visible(line + n, sizeof(line) - n, (unsigned char)*c);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;		/* there is no place to report the error */
}

#define SAY(priority) do {			\
	va_list args;				\
						\
	va_start(args, format);			\
	say(priority, format, args);		\
	va_end(args);				\
} while (0)

void
log_error(const char *format, ...)
{
	SAY(LOG_ERR);
}

void
log_warn(const char *format, ...)
{
	SAY(LOG_WARNING);
}

void
log_info(const char *format, ...)
{
	SAY(LOG_INFO);
}

void
log_debug(const char *format, ...)
{
	if (journal)
		SAY(LOG_DEBUG);
}

void
log_die(const char *format, ...)
{
	SAY(LOG_ERR);
	exit(2);
}

void
log_require(const char *option, const char *value, const char *why)
{
	if (why != NULL)
		log_die("%s %s: %s", option, value, why);
}

void
log_misuse(const char *format, ...)
{
	char why[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	log_die("%s; try '%s --help'", why, name);
}

void
log_try_help(void)
{
	log_die("try '%s --help'", name);
}

void
log_limited(struct log_limit *l, const char *format, ...)
{
	int64_t now = clock_mono();

	if (now >= l->until) {
		if (l->held > 0)
			log_warn("%llu similar messages suppressed",
			    (unsigned long long)l->held);
		*l = (struct log_limit){ .until = now + 10 * SECOND };
	}
	if (l->said == 100) {
		l->held++;
		return;
	}
	l->said++;
	SAY(LOG_WARNING);
}
