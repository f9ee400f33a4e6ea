/*
 * An entry is one word, or a regular expression between slashes, with an optional comment behind
 * it. A line is refused when it would match nothing or too much. Lists are often written for
 * another program; the error message names the dnstap-list format that converts them.
 *
 * - Unicode and ASCII text of a name give the same canonical name.
 * - Text and name point into the line where possible; nothing is allocated.
 */
#include "match/list.h"

#include <idn2.h>
#include <stdlib.h>

static inline bool
is_blank(char c)
{
	static const bool blank[256] = { [' '] = true, ['\t'] = true, ['\r'] = true };

	return blank[(uint8_t)c];
}

static struct str
from(struct str s, size_t at)
{
	return (struct str){ s.p + at, s.n - at };
}

static struct str
trim(struct str s)
{
	str_take(&s, STR("\xef\xbb\xbf"));	/* a byte order mark */
	while (s.n > 0 && is_blank(s.p[0]))
		s = from(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static size_t
word_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]))
		n++;
	return n;
}

/* Whether `rest` has nothing but blanks and a comment. */
static bool
is_end(struct str rest)
{
	return rest.n == 0 ||
	    (is_blank(rest.p[0]) && (rest = trim(rest), rest.n == 0 || rest.p[0] == '#'));
}

/* Refuses bytes that indicate another list format. A name can have them behind a backslash. */
static const char *
misplaced_mark(struct str name)
{
	static const char not_a_name[] = "not a domain name; for URLs use dnstap-list urls";
	static const char *const reasons[256] = {
		['#'] = "a comment needs a space before its #; for AdBlock rules use "
			"dnstap-list adblock",
		['*'] = "* stands for whole labels only, at the front: *.name",
		['/'] = not_a_name,
		[':'] = not_a_name,
	};

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\\')
			i++;
		else if (reasons[(uint8_t)name.p[i]] != NULL)
			return reasons[(uint8_t)name.p[i]];
	}
	return NULL;
}

/* Converts Unicode to the form on the wire: IDNA 2008 (RFC 5891) after the mapping of UTS 46. */
static const char *
name_from_unicode(struct str name, struct list_entry *e)
{
	uint8_t unicode[NAME_STRLEN], *ascii;
	const char *why;
	int rc;

	if (name.n >= sizeof(unicode))
		return "name too long";
	if (memchr(name.p, '\0', name.n) != NULL)
		return "a NUL byte in a name";
	memcpy(unicode, name.p, name.n);
	unicode[name.n] = '\0';
	rc = idn2_lookup_u8(unicode, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return idn2_strerror(rc);
	/* The mapping may create such bytes, from characters of double width. */
	why = misplaced_mark(str_of((char *)ascii));
	if (why == NULL)
		why = name_parse(str_of((char *)ascii), e->store, &e->name.n);
	idn2_free(ascii);
	return why;
}

const char *
list_question(struct str name, struct list_entry *e)
{
	bool ascii = true;

	if (name_is_canonical(name)) {
		e->name = name;
		return NULL;
	}
	e->name.p = e->store;
	for (size_t i = 0; i < name.n; i++)
		ascii = ascii && (unsigned char)name.p[i] < 128;
	return ascii ? name_parse(name, e->store, &e->name.n) : name_from_unicode(name, e);
}

static const char *
parse_domain(struct str line, size_t marks, struct list_entry *e)
{
	size_t n = word_length(line);
	struct str name = from((struct str){ line.p, n }, marks);
	const char *why;

	if (!is_end(from(line, n)))
		return "more than one word; for a hosts file use dnstap-list hosts";
	e->text = (struct str){ line.p, n };
	e->form = LIST_DOMAIN;
	if (str_take(&name, STR("=")))
		e->form = LIST_EXACT;
	else if (str_take(&name, STR("*.")))
		e->form = LIST_BELOW;
	else if (name.n > 1)
		str_take(&name, STR("."));
	if ((why = misplaced_mark(name)) != NULL || (why = list_question(name, e)) != NULL)
		return why;
	if (str_eq(e->name, STR(".")) && n > marks + 1 && e->form != LIST_EXACT)
		return "empty label in name";	/* `..` would match every name */
	return NULL;
}

/* The pattern ends at the first `/` that is followed by nothing but a comment. */
static const char *
parse_regex(struct str line, size_t marks, struct list_entry *e)
{
	for (size_t i = marks + 1; i < line.n; i++) {
		if (line.p[i] != '/' || !is_end(from(line, i + 1)))
			continue;
		if (i == marks + 1)
			return "empty regular expression";
		e->form = LIST_REGEX;
		e->text = (struct str){ line.p, i + 1 };
		e->name = (struct str){ line.p + marks + 1, i - marks - 1 };
		return NULL;
	}
	return "regular expression without a closing /";
}

const char *
list_parse(struct str line, struct list_entry *e)
{
	size_t marks;

	line = trim(line);
	e->form = LIST_NOTHING;
	if (line.n == 0 || line.p[0] == '#')
		return NULL;
	e->negated = line.p[0] == '!';
	marks = e->negated ? 1 : 0;
	if (marks < line.n && line.p[marks] == '/')
		return parse_regex(line, marks, e);
	return parse_domain(line, marks, e);
}
