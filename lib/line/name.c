/*
 * Canonical text has each byte of a label as itself, in lower case, or escaped as \DDD. Each byte
 * has only one spelling, so that names can be compared as text.
 */
#include "line/name.h"

/* Whether the byte stands for itself inside a label of canonical text. */
static inline bool
is_plain(uint8_t byte)
{
	static const bool plain[256] = {
		['!' ... '+'] = true, ['-'] = true, ['/' ... '@'] = true, ['['] = true,
		[']' ... '~'] = true,
	};

	return plain[byte];
}

static inline uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

size_t
name_label_format(const uint8_t *label, size_t n, char *out)
{
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		uint8_t byte = lower(label[i]);

		if (is_plain(byte)) {
			*p++ = (char)byte;
			continue;
		}
		*p++ = '\\';
		*p++ = (char)('0' + byte / 100);
		*p++ = (char)('0' + byte / 10 % 10);
		*p++ = (char)('0' + byte % 10);
	}
	return (size_t)(p - out);
}

/* The value of \DDD at `p`, or -1. */
static int
escape_value(const char *p, size_t n)
{
	int value = 0;

	if (n < 4)
		return -1;
	for (int i = 1; i <= 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value <= 255 ? value : -1;
}

/* Whether canonical text must escape the byte; false for -1, the value of a bad escape. */
static bool
must_escape(int byte)
{
	return byte >= 0 && !is_plain(lower((uint8_t)byte));
}

bool
name_is_canonical(struct str text)
{
	size_t label = 0, escapes = 0;

	if (str_eq(text, STR(".")))
		return true;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.') {
			if (label == 0 || label > NAME_LABEL_MAX)
				return false;
			label = 0;
			continue;
		}
		if (!is_plain((uint8_t)text.p[i])) {
			if (text.p[i] != '\\' || !must_escape(escape_value(text.p + i, text.n - i)))
				return false;
			escapes++;
			i += 3;
		}
		label++;
	}
	/* The wire form has a length byte per label instead of dots, and one byte for the root. */
	return label > 0 && label <= NAME_LABEL_MAX && text.n - 3 * escapes + 2 <= NAME_WIRE_MAX;
}

/* Reads one byte, plain or escaped, and moves *i past it. Returns -1 for a bad escape. */
static int
read_byte(struct str text, size_t *i)
{
	const char *p = text.p + *i;
	int value;

	if (*p != '\\') {
		*i += 1;
		return (uint8_t)*p;
	}
	if (text.n - *i >= 2 && (p[1] < '0' || p[1] > '9')) {
		*i += 2;
		return (uint8_t)p[1];
	}
	value = escape_value(p, text.n - *i);
	*i += 4;
	return value;
}

static bool
has_high_byte(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.p[i] > 127)
			return true;
	return false;
}

const char *
name_parse(struct str text, char out[NAME_STRLEN], size_t *n)
{
	uint8_t label[NAME_LABEL_MAX];
	size_t len = 0, wire = 1, at = 0;
	int byte;

	if (text.n == 0)
		return "empty name";
	if (has_high_byte(text))
		return "name with bytes above 127";
	if (str_eq(text, STR("."))) {
		memcpy(out, ".", 2);
		*n = 1;
		return NULL;
	}
	for (size_t i = 0; i < text.n;) {
		bool dot = text.p[i] == '.';

		if (dot) {
			i++;
		} else {
			if ((byte = read_byte(text, &i)) < 0)
				return "bad escape in name";
			if (len == NAME_LABEL_MAX)
				return "label longer than 63 bytes";
			label[len++] = (uint8_t)byte;
			if (i < text.n)
				continue;
		}
		if (len == 0)
			return "empty label in name";
		wire += len + 1;
		if (wire > NAME_WIRE_MAX)
			return "name longer than 255 bytes";
		if (at > 0)
			out[at++] = '.';
		at += name_label_format(label, len, out + at);
		len = 0;
	}
	out[at] = '\0';
	*n = at;
	return NULL;
}
