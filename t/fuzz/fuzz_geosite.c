/*
 * The decoders of dnstap-list-decode: their lines have the promised form, whatever the data.
 *
 * Each input is decoded twice: by decode_geosite, as geosite.dat or YAML, depending on its first
 * bytes; and by decode_yaml, as YAML or lines.
 */
#include "convert/decode.h"

#include "convert/geosite.h"
#include "fuzz.h"

/* Whether the line is `LIST RULE`; a binary file also has `TYPE:` before the value. */
static bool
is_rule(struct str line, bool typed)
{
	struct str list, rest = line;

	return str_split(&rest, ' ', &list) && list.n > 0 && rest.p != NULL &&
	    (!typed || memchr(rest.p, ':', rest.n) != NULL);
}

/* Whether the line is `LINE TAB PATH TAB VALUE`. */
static bool
is_value(struct str line)
{
	struct str number, path, rest = line;

	return str_split(&rest, '\t', &number) && number.n > 0 && number.p[0] >= '1' &&
	    number.p[0] <= '9' && str_split(&rest, '\t', &path) && rest.p != NULL &&
	    (rest.n == 0 || memchr(rest.p, '\t', rest.n) == NULL);
}

static void
check_lines(struct str text, bool values, bool typed)
{
	struct str line;

	FUZZ_ASSERT(text.n == 0 || text.p[text.n - 1] == '\n');
	while (text.n > 0) {
		FUZZ_ASSERT(str_split(&text, '\n', &line));
		for (size_t i = 0; i < line.n; i++)
			FUZZ_ASSERT((uint8_t)line.p[i] >= ' ' || (values && line.p[i] == '\t'));
		FUZZ_ASSERT(values ? is_value(line) : is_rule(line, typed));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct buf out = BUF(1 << 24);
	size_t line;

	if (decode_geosite(text, &out, &line) == NULL && !out.overflow)
		check_lines(buf_view(&out), false, geosite_is_binary(text));
	buf_cut(&out, 0);
	if (decode_yaml(text, &out, &line) == NULL && !out.overflow)
		check_lines(buf_view(&out), true, false);
	buf_free(&out);
	return 0;
}
