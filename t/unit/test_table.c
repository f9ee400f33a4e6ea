#include "base/table.h"

#include <stdio.h>

#include "base/intern.h"
#include "unit.h"

#define MEMBERS 30000

static uint32_t
hash_of(uint32_t member)
{
	return member % 1997;	/* many hashes are equal */
}

static bool
has(const struct table *t, uint32_t member)
{
	uint32_t i;

	for (size_t at = table_start(t, hash_of(member));
	    (i = table_next(t, hash_of(member), &at)) != TABLE_NONE;)
		if (i == member)
			return true;
	return false;
}

START_TEST(members_are_found_until_they_are_removed)
{
	static bool in[MEMBERS];
	struct table t = { 0 };
	bool good = !has(&t, 1);

	srand(5);
	for (int round = 0; round < 100000; round++) {	/* the table grows several times */
		uint32_t member = (uint32_t)(rand() % MEMBERS);

		if (in[member])
			table_remove(&t, hash_of(member), member);
		else
			table_add(&t, hash_of(member), member);
		in[member] = !in[member];
		if (round % 10000 == 0)
			for (uint32_t i = 0; i < MEMBERS; i++)
				good = good && has(&t, i) == in[i];
	}
	ck_assert(good && t.size > MEMBERS / 2);
	table_free(&t);
}
END_TEST

START_TEST(a_text_is_stored_once_and_freed_with_its_last_user)
{
	struct intern in = { .seed = 1 };
	uint32_t a = intern_take(&in, STR("one")), b = intern_take(&in, STR("one")), c;

	ck_assert_uint_eq(a, b);
	ck_assert_uint_eq(intern_take(&in, (struct str){ NULL, 0 }), INTERN_ABSENT);
	ck_assert_ptr_null(intern_text(&in, INTERN_ABSENT).p);
	ck_assert(str_eq(intern_text(&in, a), STR("one")));
	intern_drop(&in, a);
	ck_assert(str_eq(intern_text(&in, b), STR("one")));
	intern_drop(&in, b);
	intern_drop(&in, INTERN_ABSENT);
	c = intern_take(&in, STR("two"));
	ck_assert_uint_eq(c, a);	/* the entry of `a` is reused */
	ck_assert(str_eq(intern_text(&in, c), STR("two")));
	ck_assert(intern_take(&in, STR("")) != INTERN_ABSENT);
	intern_free(&in);
}
END_TEST

START_TEST(many_texts_keep_their_numbers)
{
	struct intern in = { .seed = 9 };
	uint32_t ids[5000];
	char text[16];
	bool good = true;

	for (int i = 0; i < 5000; i++)
		ids[i] = intern_take(&in, (struct str){ text, (size_t)sprintf(text, "t%d", i) });
	for (int i = 0; i < 5000; i += 2)
		intern_drop(&in, ids[i]);
	for (int i = 1; i < 5000; i += 2) {
		struct str t = { text, (size_t)sprintf(text, "t%d", i) };

		good = good && intern_take(&in, t) == ids[i] && str_eq(intern_text(&in, ids[i]), t);
	}
	ck_assert(good);
	intern_free(&in);
}
END_TEST

UNIT_MAIN("table", members_are_found_until_they_are_removed,
    a_text_is_stored_once_and_freed_with_its_last_user, many_texts_keep_their_numbers)
