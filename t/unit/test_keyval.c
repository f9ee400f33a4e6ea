#include "line/keyval.h"

#include <stdio.h>

#include "unit.h"

/* The fields as `key|value;`. If a field is invalid, `!` and the reason follow. */
static const char *
taken(struct str fields)
{
	static struct buf out = BUF(64 * 1024);
	struct keyval keys;
	struct str key, value;
	const char *why;

	buf_cut(&out, 0);
	keyval_begin(&keys, fields);
	while (keyval_next(&keys, &key, &value, &why)) {
		buf_str(&out, key);
		buf_byte(&out, '|');
		buf_str(&out, value);
		buf_byte(&out, ';');
	}
	if (why != NULL) {
		buf_byte(&out, '!');
		buf_str(&out, str_of(why));
	}
	buf_byte(&out, '\0');
	return out.data;
}

START_TEST(fields_come_in_order)
{
	ck_assert_str_eq(taken((struct str){ NULL, 0 }), "");
	ck_assert_str_eq(taken(STR("a=1")), "a|1;");
	ck_assert_str_eq(taken(STR("b=2 a=1 via=x,y")), "b|2;a|1;via|x,y;");
	ck_assert_str_eq(taken(STR("a= b=")), "a|;b|;");
	ck_assert_str_eq(taken(STR("a=1=2 b==")), "a|1=2;b|=;");
	ck_assert_str_eq(taken(STR("a=1 A=2 aa=3")), "a|1;A|2;aa|3;");
}
END_TEST

START_TEST(bad_fields_are_refused_with_a_reason)
{
	ck_assert_str_eq(taken(STR("")), "!empty field");
	ck_assert_str_eq(taken(STR("a=1 ")), "a|1;!empty field");
	ck_assert_str_eq(taken(STR("a=1  b=2")), "a|1;!empty field");
	ck_assert_str_eq(taken(STR(" a=1")), "!empty field");
	ck_assert_str_eq(taken(STR("a=1 b c=3")), "a|1;!field is not KEY=VALUE");
	ck_assert_str_eq(taken(STR("=1")), "!field is not KEY=VALUE");
	ck_assert_str_eq(taken(STR("a=1 b=2 a=1")), "a|1;b|2;!key given twice");
}
END_TEST

/* 64 different keys are accepted, and a duplicate of any of them is refused. */
START_TEST(different_keys_are_distinguished)
{
	char text[64 * 16] = "", again[sizeof(text) + 16];
	int n = 0;

	for (int i = 0; i < KEYVAL_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%sk%04dx=%d",
		    i > 0 ? " " : "", i * 7 % 1000, i);
	ck_assert_ptr_null(strchr(taken(str_of(text)), '!'));
	for (int i = 0; i < KEYVAL_MAX; i++) {
		snprintf(again, sizeof(again), "%s k%04dx=", text, i * 7 % 1000);
		ck_assert_ptr_nonnull(strstr(taken(str_of(again)), "!key given twice"));
	}
	snprintf(again, sizeof(again), "%s new=", text);
	ck_assert_ptr_nonnull(strstr(taken(str_of(again)), "!more than 64 keys"));
}
END_TEST

START_TEST(fields_are_put)
{
	struct buf out = BUF(100);

	keyval_put(&out, STR("a"), STR("1"));
	keyval_put(&out, STR("b"), (struct str){ NULL, 0 });
	keyval_put(&out, STR("c"), STR(""));
	ck_assert(str_eq(buf_view(&out), STR(" a=1 c=")));
	buf_free(&out);
}
END_TEST

UNIT_MAIN("keys", fields_come_in_order, bad_fields_are_refused_with_a_reason,
    different_keys_are_distinguished, fields_are_put)
