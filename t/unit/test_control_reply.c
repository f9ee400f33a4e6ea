#include "control/control_reply.h"

#include "unit.h"

static enum control_reply
take(struct buf *out, struct str *text, int *status)
{
	ck_assert(out->len > 0 && out->len <= CONTROL_REPLY_MAX && out->data[out->len - 1] == '\n');
	return control_reply_parse((struct str){ out->data, out->len - 1 }, text, status);
}

START_TEST(a_reply_reads_back)
{
	struct buf out = BUF(2 * CONTROL_REPLY_MAX);
	struct str text;
	int status = -1;

	control_reply_warn(&out, "line %d: %s", 7, "a\nb\tc\xff");
	ck_assert_int_eq(take(&out, &text, &status), CONTROL_REPLY_WARN);
	ck_assert(str_eq(text, STR("line 7: a?b?c?")));
	buf_cut(&out, 0);
	control_reply_warn(&out, "%*d", 10 * CONTROL_REPLY_MAX, 1);
	ck_assert_int_eq(take(&out, &text, &status), CONTROL_REPLY_WARN);
	buf_cut(&out, 0);
	control_reply_status(&out, 2);
	ck_assert_int_eq(take(&out, &text, &status), CONTROL_REPLY_STATUS);
	ck_assert_int_eq(status, 2);
	buf_free(&out);
}
END_TEST

START_TEST(other_lines_are_data_or_words)
{
	struct str text;
	int status = -1;

	ck_assert_int_eq(
	    control_reply_parse(STR("# serial 0"), &text, &status), CONTROL_REPLY_DATA);
	ck_assert(str_eq(text, STR("# serial 0")));
	ck_assert_int_eq(control_reply_parse(STR(""), &text, &status), CONTROL_REPLY_DATA);
	ck_assert_int_eq(
	    control_reply_parse(STR("!status 256"), &text, &status), CONTROL_REPLY_WARN);
	ck_assert_int_eq(
	    control_reply_parse(STR("!status -1"), &text, &status), CONTROL_REPLY_WARN);
	ck_assert_int_eq(
	    control_reply_parse(STR("!new thing"), &text, &status), CONTROL_REPLY_WARN);
	ck_assert_int_eq(status, -1);
}
END_TEST

UNIT_MAIN("reply", a_reply_reads_back, other_lines_are_data_or_words)
