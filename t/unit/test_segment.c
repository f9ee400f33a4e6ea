#include "store/segment.h"

#include <stdio.h>

#include "base/clock.h"
#include "unit.h"

static struct segment segment;

static struct answer
pair(const char *address, const char *name, const char *tag, int64_t time)
{
	struct answer a = { .time = time, .first = time, .ttl = 20, .name = str_of(name) };

	ck_assert(addr_parse(str_of(address), &a.addr));
	if (tag != NULL)
		a.tag = str_of(tag);
	return a;
}

static void
put(struct answer a)
{
	ck_assert(segment_put(&segment, &a));
}

static void
assert_same(const struct answer *a, const struct answer *b)
{
	ck_assert(addr_eq(&a->addr, &b->addr));
	ck_assert(str_eq(a->name, b->name) && str_eq(a->tag, b->tag) && str_eq(a->rule, b->rule) &&
	    str_eq(a->via, b->via));
	ck_assert_int_eq(a->time, b->time);
	ck_assert_int_eq(a->first, b->first);
	ck_assert_uint_eq(a->ttl, b->ttl);
}

START_TEST(entries_are_read_as_written)
{
	struct answer in[6] = {
		pair("192.0.2.1", "a.example", "ads", 1795392065718461),
		pair("192.0.2.1", "b.example", "ads", 1795392065718461),
		pair("2001:db8::1", "b.example", "ads,cdn", 0),
		pair("2001:db8::2", ".", NULL, TIME_MAX),
		pair("192.0.2.2", "a.example", "ads", 1),
		pair("192.0.2.3", "c.example", "ads", 2),
	}, out;
	struct segment_reader r;
	bool gone;

	in[1].rule = in[4].rule = STR("example");
	in[1].via = STR("x.example,y.example");
	in[3].first = 0;
	in[3].ttl = ANSWER_TTL_MAX;
	segment_begin(&segment);
	for (int i = 0; i < 6; i++)
		put(in[i]);
	segment_seal(&segment, 7, 3);
	ck_assert_ptr_null(segment_open(&r, segment.data, segment_length(segment.data)));
	ck_assert_uint_eq(r.seq, 7);
	ck_assert_uint_eq(r.first, 3);
	ck_assert_uint_eq(r.entries, 6);
	for (int i = 0; i < 6; i++) {
		ck_assert(segment_next(&r, &out, &gone));
		ck_assert(!gone);
		assert_same(&in[i], &out);
	}
	ck_assert(!segment_next(&r, &out, &gone));
	ck_assert_ptr_null(r.why);
}
END_TEST

START_TEST(entries_of_removed_pairs_can_be_in_between)
{
	struct answer a = pair("192.0.2.1", "a.example", "ads", 5),
	    b = pair("2001:db8::1", "b.example", NULL, 0), out;
	struct segment_reader r;
	bool gone;

	segment_begin(&segment);
	put(a);
	ck_assert(segment_put_gone(&segment, &b));
	put(a);
	segment_seal(&segment, 1, 1);
	ck_assert_ptr_null(segment_open(&r, segment.data, segment_length(segment.data)));
	ck_assert(segment_next(&r, &out, &gone) && !gone);
	ck_assert(segment_next(&r, &out, &gone) && gone);
	ck_assert(addr_eq(&out.addr, &b.addr) && str_eq(out.name, b.name));
	ck_assert(segment_next(&r, &out, &gone) && !gone);
	assert_same(&a, &out);
	ck_assert(!segment_next(&r, &out, &gone) && r.why == NULL);
}
END_TEST

/* An answer line has room for about 16,384 bytes. */
START_TEST(the_longest_pair_fits)
{
	static char text[16200];
	struct answer a = pair("2001:db8::1", "a.example", NULL, TIME_MAX), out;
	struct segment_reader r;
	bool gone;

	memset(text, 'x', sizeof(text));
	a.rule = (struct str){ text, sizeof(text) };
	a.first = 0;
	segment_begin(&segment);
	for (put(a); segment_put(&segment, &a); text[0]++)
		;
	segment_seal(&segment, 1, 1);
	ck_assert_uint_le(segment_length(segment.data), SEGMENT_SIZE);
	ck_assert_ptr_null(segment_open(&r, segment.data, segment_length(segment.data)));
	for (uint32_t n = segment.entries; n > 0; n--) {
		ck_assert(segment_next(&r, &out, &gone));
		ck_assert_uint_eq(out.rule.n, sizeof(text));
	}
	ck_assert(!segment_next(&r, &out, &gone) && r.why == NULL);
}
END_TEST

START_TEST(a_text_is_stored_once)
{
	char address[32];

	segment_begin(&segment);
	for (int i = 0; i < 200; i++) {
		struct answer a = pair("192.0.2.1",
		    i % 2 ? "a-long-name.of-two.example" : "b-long-name.of-two.example",
		    i % 3 ? "advertisements" : "trackers", 1795392065718461 + i);

		snprintf(address, sizeof(address), "192.0.2.%d", i);
		ck_assert(addr_parse(str_of(address), &a.addr));
		a.rule = STR("of-two.example");
		put(a);
	}
	ck_assert_uint_le(segment.used, SEGMENT_HEAD + 200 * 16);
}
END_TEST

/* A sealed segment accepts more entries and is sealed again. */
START_TEST(a_sealed_segment_can_grow)
{
	struct segment_reader r;

	segment_begin(&segment);
	put(pair("192.0.2.1", "a.example", NULL, 1));
	segment_seal(&segment, 1, 1);
	put(pair("192.0.2.2", "a.example", NULL, 1));
	segment_seal(&segment, 2, 1);
	ck_assert_ptr_null(segment_open(&r, segment.data, segment_length(segment.data)));
	ck_assert_uint_eq(r.left, 2);
}
END_TEST

START_TEST(a_flipped_bit_is_detected)
{
	struct segment_reader r;

	segment_begin(&segment);
	for (int i = 0; i < 50; i++)
		put(pair("192.0.2.1", "a.example", i % 2 ? "x" : "yy", i));
	segment_seal(&segment, 1, 1);
	for (uint32_t bit = 0; bit < segment.used * 8; bit++) {
		segment.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_ptr_nonnull(segment_open(&r, segment.data, segment_length(segment.data)));
		segment.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_ptr_null(segment_open(&r, segment.data, segment_length(segment.data)));
}
END_TEST

/* --- Forged blocks with a valid checksum --- */

static void
assert_refused(const char *what)
{
	struct segment_reader r;
	struct answer out;
	bool gone;

	segment_seal(&segment, 7, 3);
	if (segment_open(&r, segment.data, segment_length(segment.data)) != NULL)
		return;
	while (segment_next(&r, &out, &gone))
		;
	ck_assert_msg(r.why != NULL, "%s is read", what);
}

START_TEST(a_pair_that_no_line_can_have_is_refused)
{
	static char text[30000];
	static const struct str not_lists[] = { STR(","), STR("a,,b"), STR("a,"), STR("a b"),
	    STR("a\x7f") };
	struct answer a;

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(not_lists) / sizeof(not_lists[0]); i++) {
		for (int which = 0; which < 3; which++) {
			a = pair("192.0.2.1", "a.example", NULL, 5);
			*(which == 0 ? &a.tag : which == 1 ? &a.rule : &a.via) = not_lists[i];
			segment_begin(&segment);
			put(a);
			assert_refused("a list with an odd piece");
		}
	}
	for (int which = 0; which < 4; which++) {
		a = pair("192.0.2.1", "a.example", NULL, 5);
		a.tag = a.rule = (struct str){ text, which == 0 ? sizeof(text) : 8172 };
		if (which == 1)
			a.time = TIME_MAX + 1;
		if (which == 2)
			a.first = a.time + 1;
		if (which == 3)
			a.ttl = (uint32_t)ANSWER_TTL_MAX + 1;
		segment_begin(&segment);
		put(a);
		assert_refused(which == 0 ? "a tag longer than a line" : "an impossible time");
	}
	a = pair("192.0.2.1", "a.example", NULL, 5);
	a.tag = a.rule = (struct str){ text, 8173 };
	segment_begin(&segment);
	put(a);
	assert_refused("a pair longer than a line");
}
END_TEST

/* Offsets of the first entry's flags, name (after the address) and times. */
#define FLAGS SEGMENT_HEAD
#define NAME_AT (SEGMENT_HEAD + 5)
#define TIMES_AT (NAME_AT + 1 + 9)

static void
begin_block(void)
{
	segment_begin(&segment);
	put(pair("192.0.2.1", "a.example", "ads", 5));
}

START_TEST(an_entry_that_is_never_written_is_refused)
{
	struct answer gone = pair("192.0.2.2", "b.example", NULL, 0);
	uint32_t end;

	begin_block();
	segment.data[FLAGS] |= 0x80;
	assert_refused("an unknown flag");
	begin_block();
	ck_assert_uint_eq(segment.data[TIMES_AT], 10);
	segment.data[TIMES_AT] = 1;
	assert_refused("a minus zero");
	begin_block();
	segment.data[TIMES_AT] = 0x80;
	assert_refused("a number longer than needed");
	begin_block();
	end = segment.used;
	ck_assert(segment_put_gone(&segment, &gone));
	segment.data[end] |= 8;
	assert_refused("a pair that is gone with the tag before");
	begin_block();
	end = segment.used;
	put(pair("192.0.2.2", "b.example", "a.example", 5));
	ck_assert_uint_eq(segment.data[segment.used - 1], NAME_AT * 2 + 1);
	segment.data[segment.used - 1] += 2;
	assert_refused("a text from the middle of another");
	begin_block();
	end = segment.used;
	put(pair("192.0.2.2", "b.example", "x", 5));
	memcpy(segment.data + end + 6, "a.example", 9);
	assert_refused("the name before, written again");
}
END_TEST

START_TEST(a_head_that_is_never_written_is_refused)
{
	struct segment_reader r;
	const struct { uint32_t entries; uint64_t seq, first; bool good; } heads[] = {
		{ 1, 7, 3, true }, { 0, 7, 3, false }, { 1, 0, 0, false }, { 1, 7, 8, false },
		{ 1000000, 7, 3, false }, { 1, (uint64_t)INT64_MAX + 1, 3, false },
		{ 1, INT64_MAX, 3, true },
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		begin_block();
		segment.entries = heads[i].entries;
		segment_seal(&segment, heads[i].seq, heads[i].first);
		ck_assert_msg((segment_open(&r, segment.data, SEGMENT_SIZE) == NULL) ==
		    heads[i].good, "head %zu", i);
	}
}
END_TEST

UNIT_MAIN("segment", entries_are_read_as_written, entries_of_removed_pairs_can_be_in_between,
    the_longest_pair_fits, a_text_is_stored_once, a_sealed_segment_can_grow,
    a_flipped_bit_is_detected, a_pair_that_no_line_can_have_is_refused,
    an_entry_that_is_never_written_is_refused, a_head_that_is_never_written_is_refused)
