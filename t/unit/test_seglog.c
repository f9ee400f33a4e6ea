#include "store/seglog.h"

#include <stdio.h>

#include "store/segment.h"
#include "unit.h"

/* Adds a stored, complete part with `live` pairs. Each pair has an eighth of a segment. */
static uint32_t
add_part(struct seglog *l, uint32_t live)
{
	uint32_t part = seglog_add(l);

	l->open = part;
	l->parts[part].live = live;
	seglog_assign(l, part);
	l->parts[part].entry_bytes = SEGMENT_SIZE / 8;
	l->live_bytes += live * SEGMENT_SIZE / 8;
	l->parts[part].stored = true;
	return part;
}

START_TEST(a_part_is_assigned_a_free_slot)
{
	struct seglog l;
	uint32_t part;

	seglog_init(&l, 40);
	part = seglog_add(&l);
	seglog_assign(&l, part);
	ck_assert_uint_eq(l.parts[part].slot, 0);
	ck_assert_uint_eq(l.parts[part].seq, 41);
	seglog_add_slot(&l.free, 7);
	seglog_add_slot(&l.free, 5);
	seglog_assign(&l, part);	/* written again, with more entries */
	ck_assert_uint_eq(l.parts[part].slot, 5);
	ck_assert_uint_eq(l.parts[part].seq, 42);
	ck_assert(!l.parts[part].stored);
	ck_assert_uint_eq(l.outdated.n, 1);
	ck_assert_uint_eq(l.outdated.list[0], 0);
	seglog_free(&l);
}
END_TEST

START_TEST(dead_parts_are_dropped_from_the_beginning_only)
{
	struct seglog l;

	seglog_init(&l, 0);
	add_part(&l, 1);
	add_part(&l, 0);
	add_part(&l, 1);
	add_part(&l, 0);
	ck_assert_uint_eq(seglog_drop_dead(&l), 0);
	seglog_leave(&l, 1);
	ck_assert_uint_eq(seglog_drop_dead(&l), 2);
	ck_assert_uint_eq(l.first, 2);
	ck_assert_uint_eq(l.outdated.n, 2);
	seglog_leave(&l, 3);
	ck_assert_uint_eq(seglog_drop_dead(&l), 1);	/* an open part is not dropped */
	ck_assert_uint_eq(l.n, 1);
	ck_assert_uint_eq(l.first, 3);
	ck_assert_uint_lt(seglog_add(&l), 4);	/* part numbers are reused */
	seglog_free(&l);
}
END_TEST

START_TEST(a_part_that_is_not_stored_is_not_dropped)
{
	struct seglog l;

	seglog_init(&l, 0);
	add_part(&l, 0);
	add_part(&l, 1);
	l.parts[0].stored = false;
	ck_assert_uint_eq(seglog_drop_dead(&l), 0);
	seglog_free(&l);
}
END_TEST

START_TEST(live_bytes_follow_the_pairs)
{
	struct seglog l;

	seglog_init(&l, 0);
	add_part(&l, 8);
	ck_assert_uint_eq(l.live_bytes, SEGMENT_SIZE);
	for (int i = 0; i < 6; i++)
		seglog_leave(&l, 1);
	seglog_leave(&l, 0);	/* a pair without a place */
	ck_assert_uint_eq(l.live_bytes, SEGMENT_SIZE / 4);
	ck_assert_uint_eq(l.parts[0].live, 2);
	seglog_free(&l);
}
END_TEST

/* A log is stale with more segments than 8 plus 1.4 times the segments that live pairs fill. */
START_TEST(a_log_is_cleaned_only_when_it_is_stale)
{
	uint32_t parts[4], slots[4];
	struct seglog l;

	seglog_init(&l, 0);
	for (int i = 0; i < 8; i++)
		add_part(&l, 1);
	ck_assert_uint_eq(seglog_choose(&l, parts, slots, 4), 0);
	for (int i = 0; i < 40; i++)
		add_part(&l, i == 1 ? 0 : 1);
	ck_assert_uint_eq(seglog_choose(&l, parts, slots, 4), 4);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert(parts[i] == i && slots[i] == i);
	l.parts[0].live = 0;	/* a part without live pairs is not read */
	ck_assert_uint_eq(seglog_choose(&l, parts, slots, 4), 4);
	ck_assert_uint_eq(parts[0], 1);
	l.parts[2].stored = false;
	ck_assert_uint_eq(seglog_choose(&l, parts, slots, 4), 1);
	seglog_free(&l);
}
END_TEST

START_TEST(a_smaller_file_has_its_free_slots_at_the_end)
{
	static const uint32_t moved[] = { 1, UINT32_MAX, 0 };
	struct seglog l;

	seglog_init(&l, 0);
	for (int i = 0; i < 3; i++)
		add_part(&l, i == 1);
	l.open = SEGLOG_NONE;
	l.parts[1].slot = SEGLOG_NONE;
	ck_assert(!seglog_is_loose(&l));
	l.slots_n = 3 + 1 + 128 + 1;
	ck_assert(seglog_is_loose(&l));
	seglog_move(&l, moved, 4);
	ck_assert_uint_eq(l.parts[0].slot, 1);
	ck_assert_uint_eq(l.parts[2].slot, 0);
	ck_assert_uint_eq(l.slots_n, 4);
	ck_assert_uint_eq(l.free.n, 2);
	seglog_assign(&l, 1);
	ck_assert_uint_eq(l.parts[1].slot, 2);
	seglog_free(&l);
}
END_TEST

static struct answer
numbered_answer(uint32_t n)
{
	static char name[250];
	struct answer a = { .addr = { .family = ADDR_V4 }, .time = n, .first = n };

	memset(name, 'a', sizeof(name));
	snprintf(name, sizeof(name), "%u", n);
	name[strlen(name)] = 'x';
	a.name = (struct str){ name, sizeof(name) };
	return a;
}

START_TEST(entries_fill_one_segment_after_the_other)
{
	struct seglog l;
	struct segment *copy;
	uint32_t n = 0;

	seglog_init(&l, 0);
	ck_assert_ptr_null(seglog_copy_open(&l));
	while (l.full_n < 2) {
		struct answer a = numbered_answer(n++);

		seglog_put(&l, &a, segment_put);
		l.parts[l.open].live++;
	}
	ck_assert_uint_eq(l.n, 3);
	ck_assert_uint_eq(l.open, 2);
	ck_assert(l.full[0].part == 0 && l.full[1].part == 1);
	ck_assert_uint_eq(l.full[0].segment->entries + l.full[1].segment->entries +
	    l.filling->entries, n);
	ck_assert_uint_eq(l.filling->entries, 1);	/* the entry that did not fit before */
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(l.parts[i].entry_bytes,
		    l.full[i].segment->used / l.full[i].segment->entries);
	ck_assert_uint_eq(l.parts[2].entry_bytes, 0);
	ck_assert_uint_eq(l.live_bytes, (uint64_t)l.parts[0].live * l.parts[0].entry_bytes +
	    (uint64_t)l.parts[1].live * l.parts[1].entry_bytes);
	copy = seglog_copy_open(&l);
	ck_assert_uint_eq(copy->entries, 1);
	ck_assert_ptr_null(seglog_copy_open(&l));	/* the open part has not changed */
	free(copy);
	seglog_free(&l);
}
END_TEST

UNIT_MAIN("seglog", entries_fill_one_segment_after_the_other, a_part_is_assigned_a_free_slot,
    dead_parts_are_dropped_from_the_beginning_only, a_part_that_is_not_stored_is_not_dropped,
    live_bytes_follow_the_pairs, a_log_is_cleaned_only_when_it_is_stale,
    a_smaller_file_has_its_free_slots_at_the_end)
