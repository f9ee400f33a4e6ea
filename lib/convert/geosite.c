#include "convert/geosite.h"

#include "base/protobuf.h"

enum { LIST_ENTRY = 1 };
enum { ENTRY_NAME = 1, ENTRY_DOMAIN = 2 };
enum { DOMAIN_TYPE = 1, DOMAIN_VALUE = 2, DOMAIN_ATTRIBUTE = 3 };
enum { ATTRIBUTE_KEY = 1 };

static const char not_protobuf[] = "not a Protocol Buffers message";

/* Whether the field has this number and contains bytes. */
static bool
is_bytes(const struct protobuf_field *f, unsigned number)
{
	return f->number == number && f->wire == PROTOBUF_BYTES;
}

/* Text may begin with the byte of LIST_ENTRY, LF. The data may be incomplete. */
bool
geosite_is_binary(struct str data)
{
	static const char entry = LIST_ENTRY << 3 | PROTOBUF_BYTES;
	static const char fields[] = { ENTRY_NAME << 3 | PROTOBUF_BYTES,
	    ENTRY_DOMAIN << 3 | PROTOBUF_BYTES };
	uint64_t length, inner;

	return str_take(&data, (struct str){ &entry, 1 }) &&
	    protobuf_varint(&data, PROTOBUF_SHORT, &length) &&
	    (str_take(&data, (struct str){ &fields[0], 1 }) ||
	    str_take(&data, (struct str){ &fields[1], 1 })) &&
	    (!protobuf_varint(&data, PROTOBUF_SHORT, &inner) || inner < length);
}

/*
 * Whether the text has a character that would end a line or field of the output: a control
 * character or, if the text is a `word`, a space.
 */
static bool
has_unsafe(struct str text, bool word)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		if (c < ' ' || c == 0x7f || (word && c == ' '))
			return true;
	}
	return false;
}

/* Finds the name of a list, which may be stored after the rules. Returns NULL, or a reason. */
static const char *
read_name(struct str list, struct str *name)
{
	struct protobuf_field f = { 0 };

	*name = STR("");
	while (list.n > 0) {
		if (!protobuf_next(&list, &f))
			return not_protobuf;
		if (is_bytes(&f, ENTRY_NAME))
			*name = f.bytes;
	}
	if (name->n == 0)
		return "a list without a name";
	return has_unsafe(*name, true) ? "a list with a space or control character in its name" :
	    NULL;
}

static void
put_lower(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_byte(out, (uint8_t)(text.p[i] | (text.p[i] >= 'A' && text.p[i] <= 'Z') << 5));
}

static void
put_type(struct buf *out, uint64_t type)
{
	static const struct str names[] = {
		{ "keyword", 7 }, { "regexp", 6 }, { "domain", 6 }, { "full", 4 }
	};

	if (type < sizeof(names) / sizeof(names[0])) {
		buf_str(out, names[type]);
	} else {
		buf_str(out, STR("type"));
		buf_num(out, type);
	}
}

static const char *
put_attribute(struct buf *out, struct str attribute, struct str before)
{
	struct protobuf_field f = { 0 };
	struct str key = STR("");

	while (attribute.n > 0) {
		if (!protobuf_next(&attribute, &f))
			return not_protobuf;
		if (is_bytes(&f, ATTRIBUTE_KEY))
			key = f.bytes;
	}
	if (key.n == 0 || has_unsafe(key, true) || memchr(key.p, ',', key.n) != NULL ||
	    memchr(key.p, '@', key.n) != NULL)
		return "an attribute that is empty or contains a space, a control character, "
		    "',' or '@'";
	buf_str(out, before);
	put_lower(out, key);
	return NULL;
}

static bool
has_mark(struct str value)
{
	for (size_t i = 1; i < value.n; i++)
		if (value.p[i - 1] == ':' && value.p[i] == '@')
			return true;
	return false;
}

static const char *
put_attributes(struct buf *out, struct str domain, struct str value)
{
	struct str before = STR(":@");
	struct protobuf_field f = { 0 };
	const char *why;

	while (domain.n > 0 && protobuf_next(&domain, &f)) {
		if (!is_bytes(&f, DOMAIN_ATTRIBUTE))
			continue;
		why = put_attribute(out, f.bytes, before);
		if (why != NULL)
			return why;
		before = STR(",@");
	}
	if (before.p[0] == ':' && has_mark(value))
		buf_str(out, before);
	return NULL;
}

static const char *
put_domain(struct buf *out, struct str list, struct str domain)
{
	struct str rest = domain, value = STR("");
	struct protobuf_field f = { 0 };
	uint64_t type = 0;
	const char *why;

	while (rest.n > 0) {
		if (!protobuf_next(&rest, &f))
			return not_protobuf;
		if (f.number == DOMAIN_TYPE && f.wire == PROTOBUF_VARINT)
			type = f.value;
		else if (is_bytes(&f, DOMAIN_VALUE))
			value = f.bytes;
	}
	if (has_unsafe(value, false))
		return "a rule with a control character";
	put_lower(out, list);
	buf_byte(out, ' ');
	put_type(out, type);
	buf_byte(out, ':');
	buf_str(out, value);
	why = put_attributes(out, domain, value);
	buf_byte(out, '\n');
	return why;
}

static const char *
put_list(struct buf *out, struct str list)
{
	struct protobuf_field f = { 0 };
	struct str name;
	const char *why = read_name(list, &name);

	while (why == NULL && list.n > 0 && protobuf_next(&list, &f))
		if (is_bytes(&f, ENTRY_DOMAIN))
			why = put_domain(out, name, f.bytes);
	return why;
}

const char *
geosite_decode(struct str data, struct buf *out)
{
	struct protobuf_field f = { 0 };
	const char *why = NULL;

	while (why == NULL && data.n > 0) {
		if (!protobuf_next(&data, &f))
			return not_protobuf;
		if (is_bytes(&f, LIST_ENTRY))
			why = put_list(out, f.bytes);
	}
	return why;
}
