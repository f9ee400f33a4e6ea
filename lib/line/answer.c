/*
 * A line is read field by field from the left; text fields are views of the line. key_readers has
 * the check of each known key.
 *
 * - answer_parse accepts a field only in the spelling that answer_format writes.
 * - All bytes of an accepted line are printable: the first four fields accept no other bytes, and
 *   the keys are checked.
 */
#include "line/answer.h"

#include "base/clock.h"
#include "base/num.h"
#include "line/answer_key.h"
#include "line/keyval.h"
#include "line/name.h"

static bool
names_are_canonical(struct str list)
{
	struct str name;

	while (str_split(&list, ',', &name))
		if (!name_is_canonical(name))
			return false;
	return true;
}

static bool
pieces_are_full(struct str list)
{
	struct str piece;

	while (str_split(&list, ',', &piece))
		if (piece.n == 0)
			return false;
	return true;
}

bool
answer_is_via(struct str value)
{
	return value.n > 0 && names_are_canonical(value);
}

bool
answer_is_list(struct str value)
{
	return value.n > 0 && str_is_word(value) && pieces_are_full(value);
}

/* The most bytes of NAME and keys after the shortest TIME, ADDRESS and TTL. */
#define TEXTS_MAX (ANSWER_MAX - 1 - (sizeof("0.000000 1.1.1.1 0 ") - 1))

/* The length of ` KEY=VALUE`, or 0 when the value is absent. */
static size_t
key_size(enum answer_key key, struct str value)
{
	return value.n > 0 ? 1 + answer_key_names[key].n + 1 + value.n : 0;
}

bool
answer_has_room(const struct answer *a)
{
	return a->name.n + key_size(ANSWER_VIA, a->via) <= TEXTS_MAX &&
	    a->name.n + key_size(ANSWER_TAG, a->tag) + key_size(ANSWER_RULE, a->rule) <= TEXTS_MAX;
}

static const char *
read_via(struct answer *a, struct str value)
{
	a->via = value;
	return names_are_canonical(value) ? NULL :
	    "via is not a list of names in canonical form, see dnstap-answer(5)";
}

static const char *
read_client(struct answer *a, struct str value)
{
	struct addr client;

	a->client = value;
	return addr_parse_canonical(value, &client) ? NULL : "client is not an address";
}

static const char *
read_tag(struct answer *a, struct str value)
{
	a->tag = value;
	return pieces_are_full(value) ? NULL : "empty tag";
}

static const char *
read_rule(struct answer *a, struct str value)
{
	a->rule = value;
	return pieces_are_full(value) ? NULL : "empty rule";
}

static const char *
read_first(struct answer *a, struct str value)
{
	return time_parse(value, &a->first) ? NULL : "first= is not a time";
}

/* The functions that check and store the value of a key; NULL: the value is not checked. */
static const char *(*const key_readers[ANSWER_KEYS])(struct answer *a, struct str value) = {
	[ANSWER_VIA] = read_via,
	[ANSWER_CLIENT] = read_client,
	[ANSWER_TAG] = read_tag,
	[ANSWER_RULE] = read_rule,
	[ANSWER_FIRST] = read_first,
};

static const char *
read_keys(struct answer *a)
{
	struct keyval keys;
	struct str name, value;
	const char *why;

	keyval_begin(&keys, a->keys);
	while (keyval_next(&keys, &name, &value, &why)) {
		enum answer_key key = answer_key_of(name);

		if (key < ANSWER_KEYS && key_readers[key] != NULL &&
		    (why = key_readers[key](a, value)) != NULL)
			return why;
	}
	return why;
}

static const char unprintable[] = "the line contains a byte that is not printable ASCII";

/* Reads TIME, which has ten digits before the dot in the years 2001 to 2286. */
static inline bool
take_time(struct str *rest, int64_t *time)
{
	const size_t usual = 17;
	struct str text;

	if (rest->n > usual && rest->p[usual] == ' ' &&
	    time_parse((struct str){ rest->p, usual }, time)) {
		*rest = (struct str){ rest->p + usual + 1, rest->n - usual - 1 };
		return true;
	}
	return str_split(rest, ' ', &text) && time_parse(text, time);
}

/* Reads the first four fields of *rest. */
static inline const char *
read_front(struct str *rest, struct answer *a)
{
	struct str ttl;

	if (!take_time(rest, &a->time))
		return "TIME is not seconds with six decimals";
	if (!str_split(rest, ' ', &a->address) || !addr_parse_canonical(a->address, &a->addr))
		return "ADDRESS is not an address in canonical form, as in 192.0.2.1 or "
		    "2001:db8::1";
	if (!str_split(rest, ' ', &ttl) || !num_parse(ttl, ANSWER_TTL_MAX, &a->ttl))
		return "TTL is not a number from 0 to 2147483647";
	if (!str_split(rest, ' ', &a->name) || !name_is_canonical(a->name))
		return "NAME is not in canonical form, see dnstap-answer(5)";
	return NULL;
}

const char *
answer_parse(struct str line, struct answer *a)
{
	struct str rest = line;
	const char *why;

	if (line.n >= ANSWER_MAX)
		return "line too long";
	a->imported = false;
	a->via = a->client = a->tag = a->rule = (struct str){ NULL, 0 };
	a->first = -1;
	if ((why = read_front(&rest, a)) != NULL)
		return str_is_printable(line) ? why : unprintable;
	a->keys = rest;
	/* The first four fields accept printable bytes only. */
	return str_is_printable(rest) ? read_keys(a) : unprintable;
}

void
answer_format(const struct answer *a, struct buf *out)
{
	char text[ADDR_STRLEN];

	buf_put(out, text, (size_t)time_format(a->time, text));
	buf_byte(out, ' ');
	buf_put(out, text, addr_format(&a->addr, text));
	buf_byte(out, ' ');
	buf_num(out, a->ttl);
	buf_byte(out, ' ');
	buf_str(out, a->name);
	answer_key_put(out, ANSWER_VIA, a->via);
	answer_key_put(out, ANSWER_CLIENT, a->client);
	answer_key_put(out, ANSWER_TAG, a->tag);
	answer_key_put(out, ANSWER_RULE, a->rule);
	if (a->first >= 0)
		answer_key_put(out, ANSWER_FIRST,
		    (struct str){ text, (size_t)time_format(a->first, text) });
	buf_byte(out, '\n');
}

void
answer_retag_tail(const struct answer *a, struct str keys, struct buf *out)
{
	struct str rest = a->keys, field, value, name;
	enum answer_key key;

	buf_str(out, a->name);
	if (a->tag.p == NULL && a->rule.p == NULL && rest.p != NULL) {
		buf_byte(out, ' ');
		buf_str(out, rest);
		rest.p = NULL;
	}
	while (str_split(&rest, ' ', &field)) {
		value = field;
		str_split(&value, '=', &name);
		key = answer_key_of(name);
		if (key != ANSWER_TAG && key != ANSWER_RULE)
			keyval_put(out, name, value);
	}
	buf_str(out, keys);
	buf_byte(out, '\n');
}

static bool
is_escaped(uint8_t byte)
{
	return byte < '!' || byte > '~' || byte == ',';
}

void
answer_escape(struct str value, struct buf *out)
{
	for (size_t i = 0; i < value.n; i++) {
		uint8_t byte = (uint8_t)value.p[i];
		char escape[] = { '\\', (char)('0' + byte / 100), (char)('0' + byte / 10 % 10),
		    (char)('0' + byte % 10) };

		if (is_escaped(byte))
			buf_put(out, escape, sizeof(escape));
		else
			buf_byte(out, byte);
	}
}

size_t
answer_escaped_length(struct str value)
{
	size_t n = value.n;

	for (size_t i = 0; i < value.n; i++)
		n += is_escaped((uint8_t)value.p[i]) ? 3 : 0;
	return n;
}
