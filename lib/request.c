#include "request.h"

#include <stdarg.h>
#include <stdio.h>

#include "num.h"

#define GREETING STR("ipcache 1")	/* the 1 is the version */

static const struct str verbs[] = {
	[VERB_EXPORT] = { "export", 6 }, [VERB_IMPORT] = { "import", 6 },
	[VERB_RETAG] = { "retag", 5 }, [VERB_DELETE] = { "delete", 6 },
	[VERB_STATS] = { "stats", 5 },
};

static bool
find_verb(struct str word, enum verb *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_eq(word, verbs[i])) {
			*verb = (enum verb)i;
			return true;
		}
	}
	return false;
}

/* Takes `prefix` off the front of *text, if it stands there. */
static bool
take(struct str *text, struct str prefix)
{
	if (text->n < prefix.n || memcmp(text->p, prefix.p, prefix.n) != 0)
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

static bool
read_option(struct request *r, struct str word)
{
	if (r->verb != VERB_EXPORT)
		return false;
	if (take(&word, STR("since=")))
		r->since = word;
	else if (str_eq(word, STR("follow")))
		r->follow = true;
	else
		return false;
	return true;
}

const char *
request_parse(struct str line, struct request *r)
{
	struct str word;

	if (line.n >= REQUEST_MAX || !str_is_printable(line) || !take(&line, GREETING) ||
	    !take(&line, STR(" ")))
		return "not a request, or one of another version of ipcache";
	*r = (struct request){ .follow = false };
	str_split(&line, ' ', &word);
	if (!find_verb(word, &r->verb))
		return "no such command";
	while (str_split(&line, ' ', &word))
		if (!read_option(r, word))
			return "no such option";
	return NULL;
}

void
request_format(const struct request *r, struct buf *out)
{
	buf_str(out, GREETING);
	buf_byte(out, ' ');
	buf_str(out, verbs[r->verb]);
	if (r->since.p != NULL) {
		buf_str(out, STR(" since="));
		buf_str(out, r->since);
	}
	if (r->follow)
		buf_str(out, STR(" follow"));
	buf_byte(out, '\n');
}

void
reply_warn(struct buf *out, const char *format, ...)
{
	char text[REPLY_MAX - sizeof("!warn \n")];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	buf_str(out, STR("!warn "));
	buf_str(out, str_of(text));
	buf_byte(out, '\n');
}

void
reply_status(struct buf *out, int status)
{
	buf_str(out, STR("!status "));
	buf_num(out, (uint64_t)status);
	buf_byte(out, '\n');
}

enum reply
reply_parse(struct str line, struct str *text, int *status)
{
	uint32_t number;

	*text = line;
	if (!take(&line, STR("!")))
		return REPLY_DATA;
	*text = line;
	if (take(text, STR("warn ")))
		return REPLY_WARN;
	if (!take(&line, STR("status ")) || !num_parse(line, 255, &number))
		return REPLY_WARN;
	*status = (int)number;
	return REPLY_STATUS;
}
