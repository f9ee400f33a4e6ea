#include "convert/decode.h"

#include <ctype.h>

#include "convert/geosite.h"
#include "convert/scalars.h"
#include "match/foreign.h"

/* Why the data cannot be text, or NULL. UTF-16 with a byte order mark is text. */
static const char *
binary_reason(struct str data)
{
	if (str_take(&data, STR("SRS")))
		return "a binary rule set; convert it with sing-box rule-set decompile";
	if (str_take(&data, STR("MRS")))
		return "a binary rule set; convert it with mihomo convert-ruleset";
	if (str_take(&data, STR("\xff\xfe")) || str_take(&data, STR("\xfe\xff")))
		return NULL;
	return data.n > 0 && memchr(data.p, '\0', data.n) != NULL ? "binary data, not text" : NULL;
}

const char *
decode_guess(struct str data, struct buf *out, size_t *line)
{
	struct foreign lines = { 0 };
	const char *format;
	struct str text;

	*line = 0;
	if (!geosite_is_binary(data) && binary_reason(data) != NULL)
		return binary_reason(data);
	while (!geosite_is_binary(data) && lines.lines < FOREIGN_LINES_MAX &&
	    str_split(&data, '\n', &text))
		foreign_line(&lines, text);
	format = geosite_is_binary(data) ? "geosite" : foreign_format(&lines);
	if (format != NULL) {
		buf_str(out, str_of(format));
		buf_byte(out, '\n');
	}
	return NULL;
}

/* A control character must not become `?`, which has a meaning in rules. */
static void
put_clean(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		buf_byte(out, c < ' ' ? 0x7f : c);
	}
}

static void
put_value(struct buf *out, size_t line, struct str path, struct str value)
{
	buf_num(out, line);
	buf_byte(out, '\t');
	put_clean(out, path);
	buf_byte(out, '\t');
	put_clean(out, value);
	buf_byte(out, '\n');
}

/* The name of the list that is being decoded, in lower case. */
struct list_name {
	char text[256];
	size_t n;
};

static const char *
set_name(struct list_name *name, struct str text)
{
	if (text.n == 0 || text.n > sizeof(name->text))
		return "a list without a name, or with a name that is too long";
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.p[i] <= ' ' || text.p[i] == 0x7f)
			return "a list with a space or control character in its name";
	for (size_t i = 0; i < text.n; i++)
		name->text[i] = (char)tolower((uint8_t)text.p[i]);
	name->n = text.n;
	return NULL;
}

static const char *
put_rule(struct list_name *name, const struct scalar *s, struct buf *out)
{
	if (str_eq(s->path, STR("lists.[].name")))
		return set_name(name, s->value);
	if (!str_eq(s->path, STR("lists.[].rules.[]")))
		return NULL;
	if (name->n == 0)
		return "a rule before the name of its list";
	buf_put(out, name->text, name->n);
	buf_byte(out, ' ');
	put_clean(out, s->value);
	buf_byte(out, '\n');
	return NULL;
}

static const char *
decode_plain_lists(struct str data, struct buf *out, size_t *line)
{
	struct list_name name = { .n = 0 };
	struct scalars all;
	struct scalar s;
	const char *why = binary_reason(data);

	if (why != NULL)
		return why;
	scalars_open(&all, data);
	while ((why = scalars_next(&all, &s)) == NULL && s.path.p != NULL &&
	    (why = put_rule(&name, &s, out)) == NULL)
		;
	*line = s.line;
	scalars_close(&all);
	return why;
}

const char *
decode_geosite(struct str data, struct buf *out, size_t *line)
{
	*line = 0;
	if (geosite_is_binary(data))
		return geosite_decode(data, out);
	return decode_plain_lists(data, out, line);
}

static void
put_lines(struct str data, struct buf *out)
{
	struct str line;

	str_take(&data, STR("\xef\xbb\xbf"));
	for (size_t n = 1; str_split(&data, '\n', &line); n++) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > 0)
			put_value(out, n, STR("[]"), line);
	}
}

const char *
decode_yaml(struct str data, struct buf *out, size_t *line)
{
	struct scalars all;
	struct scalar s;
	const char *why = binary_reason(data);

	*line = 0;
	if (why != NULL)
		return why;
	if (!scalars_are_yaml(data)) {
		put_lines(data, out);
		return NULL;
	}
	scalars_open(&all, data);
	while ((why = scalars_next(&all, &s)) == NULL && s.path.p != NULL)
		put_value(out, s.line, s.path, s.value);
	*line = s.line;
	scalars_close(&all);
	return why;
}
