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

static bool
begins(struct str s, struct str with)
{
	return s.n >= with.n && str_eq((struct str){ s.p, with.n }, with);
}

static struct str
trim(struct str s)
{
	if (begins(s, STR("\xef\xbb\xbf")))	/* a byte order mark */
		s = from(s, 3);
	while (s.n > 0 && is_blank(s.p[0]))
		s = from(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Where the first blank stands, or the end. */
static size_t
word_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]))
		n++;
	return n;
}

/* Only a comment, or nothing, may follow an entry. */
static bool
is_end(struct str rest)
{
	return rest.n == 0 ||
	    (is_blank(rest.p[0]) && (rest = trim(rest), rest.n == 0 || rest.p[0] == '#'));
}

/*
 * Marks that people put in lists for something else: as part of a name they would match nothing, in
 * silence. Whoever means the byte writes it as \DDD.
 */
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

/* Unicode to the form that is asked for on the wire: IDNA 2008 over the mapping of UTS 46. */
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
	/* The mapping makes some of double width plain. */
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

/* A name in a list. */
static const char *
list_name(struct str name, struct list_entry *e)
{
	const char *why = misplaced_mark(name);

	return why != NULL ? why : list_question(name, e);
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
	if (begins(name, STR("="))) {
		e->form = LIST_EXACT;
		name = from(name, 1);
	} else if (begins(name, STR("*."))) {
		e->form = LIST_BELOW;
		name = from(name, 2);
	} else if (name.n > 1 && name.p[0] == '.') {
		name = from(name, 1);
	}
	if ((why = list_name(name, e)) != NULL)
		return why;
	if (str_eq(e->name, STR(".")) && n > marks + 1 && e->form != LIST_EXACT)
		return "empty label in name";	/* a slip like `..` is not to mean everything */
	return NULL;
}

/* The pattern ends at the first `/` after which nothing but a comment can stand. */
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
	return "regular expression without its closing /";
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
	if (begins(from(line, marks), STR("/")))
		return parse_regex(line, marks, e);
	return parse_domain(line, marks, e);
}
