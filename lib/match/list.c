/*
 * An entry is one word, or a regular expression between slashes, with an optional comment behind
 * it. A line is refused when it would match nothing or too much: many lists are written for another
 * program, and most of their lines are no names.
 *
 * - Unicode and ASCII text of a name give the same canonical name.
 * - Text and name point into the line where possible; nothing is allocated.
 */
#include "match/list.h"

#include <idn2.h>
#include <stdlib.h>

#include "line/addr.h"

static const char not_a_name[] = "not a domain name";
static const char nul_byte[] = "a NUL byte; if the file is UTF-16, convert it with iconv";
static const char an_address[] = "an address or prefix, not a domain name";

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
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
	return str_trim(s);
}

static size_t
word_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && !str_is_blank(s.p[n]))
		n++;
	return n;
}

/* Whether `rest` has nothing but blanks and a comment. */
static bool
is_end(struct str rest)
{
	return rest.n == 0 ||
	    (str_is_blank(rest.p[0]) && (rest = trim(rest), rest.n == 0 || rest.p[0] == '#'));
}

#define LETTERS_DIGITS ['0' ... '9'] = PLAIN, ['A' ... 'Z'] = PLAIN, ['a' ... 'z'] = PLAIN

/*
 * Returns NULL, or the reason if the name has a byte that is not allowed in a list. Such a byte may
 * be in the name of an answer; a list must write it as \DDD, so that a line in the syntax of
 * another program is not mistaken for a name.
 */
static const char *
misplaced_byte(struct str name)
{
	enum { OTHER, PLAIN, CONTROL, NUL, BACKSLASH, COMMENT, STAR, COMMA };
	static const uint8_t kinds[256] = {
		LETTERS_DIGITS, ['-'] = PLAIN, ['_'] = PLAIN, ['.'] = PLAIN, [128 ... 255] = PLAIN,
		[1 ... 31] = CONTROL, [127] = CONTROL, ['\0'] = NUL, ['\\'] = BACKSLASH,
		['#'] = COMMENT, ['*'] = STAR, [','] = COMMA,
	};
	static const char *const reasons[] = {
		[OTHER] = not_a_name,
		[CONTROL] = "a control character",
		[NUL] = nul_byte,
		[BACKSLASH] = "a \\ that is not followed by three digits",
		[COMMENT] = "a comment needs a space before its #",
		[STAR] = "* stands for whole labels only, at the front: *.name",
		[COMMA] = "not a domain name; write one name per line, no commas",
	};

	for (size_t i = 0; i < name.n; i++) {
		uint8_t kind = kinds[(uint8_t)name.p[i]];

		if (kind == PLAIN)
			continue;
		if (kind == BACKSLASH && i + 1 < name.n && is_digit(name.p[i + 1]))
			continue;
		return reasons[kind];
	}
	return NULL;
}

/* Whether the text looks like an IPv4 address, perhaps incomplete, or a range of addresses. */
static bool
is_ipv4(struct str text)
{
	size_t i = 0;

	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	if (text.n == 0 || !is_digit(text.p[text.n - 1]))
		return false;
	while (i < text.n && (is_digit(text.p[i]) || text.p[i] == '.' || text.p[i] == '-'))
		i++;
	return i == text.n;
}

static bool
is_address_or_prefix(struct str text)
{
	struct str rest = text, address = text;
	struct addr a;

	str_split(&rest, '/', &address);
	return is_ipv4(address) || addr_parse(address, &a);
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
	memcpy(unicode, name.p, name.n);
	unicode[name.n] = '\0';
	rc = idn2_lookup_u8(unicode, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return idn2_strerror(rc);
	/*
	 * The mapping may create bytes that misplaced_byte refuses, from characters of double
	 * width.
	 */
	why = misplaced_byte(str_of((char *)ascii));
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
		return memchr(name.p, '\0', name.n) != NULL ? nul_byte : "more than one word";
	e->text = (struct str){ line.p, n };
	e->form = LIST_DOMAIN;
	if (str_take(&name, STR("=")))
		e->form = LIST_EXACT;
	else if (str_take(&name, STR("*.")))
		e->form = LIST_BELOW;
	else if (name.n > 1)
		str_take(&name, STR("."));
	if ((why = misplaced_byte(name)) != NULL)
		return is_address_or_prefix(name) ? an_address : why;
	if ((why = list_question(name, e)) != NULL)
		return why;
	if (is_ipv4(e->name))
		return an_address;
	if (str_eq(e->name, STR(".")) && n > marks + 1 && e->form != LIST_EXACT)
		return "empty label in name";	/* `..` would match every name */
	return NULL;
}

/*
 * Reads `/REGEX/` after `marks` bytes (`!`). The pattern ends at the first `/` before the end of
 * the line or a comment.
 */
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
	return "neither a domain name nor /regex/";
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
