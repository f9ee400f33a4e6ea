#include "in_store.h"
#include "store/store_private.h"

static struct numbers numbers;
static size_t calls;

static void
note_call(const struct answer *entries, const bool *gone, size_t n,
    const struct segment_reader *r, const struct store_segment *at, void *context)
{
	calls++;
	ck_assert_uint_le(n, STORE_ENTRIES_MAX);
	ck_assert_uint_eq(r->seq, at->seq);
	note_numbers(entries, gone, n, r, at, context);
}

/* Segments are read in the order of their numbers, not of their slots. */
START_TEST(entries_are_read_in_the_order_of_the_log)
{
	struct store *s;
	struct store_segment *log;
	size_t n;

	enter_folder();
	s = open_store(STORE_CREATE);
	must(store_write(s, 5, 7, segment_of(7, 7, 1, 100)));
	must(store_write(s, 2, 9, segment_of(9, 7, 201, 300)));
	must(store_write(s, 4, 8, segment_of(8, 7, 101, 200)));
	must(store_commit(s));
	numbers.n = calls = 0;
	must(store_each(s, note_call, &numbers));
	ck_assert_uint_eq(numbers.n, 300);
	for (uint32_t i = 0; i < 300; i++)
		ck_assert_uint_eq(numbers.list[i], i + 1);
	ck_assert_uint_le(calls, 3 * (100 / STORE_ENTRIES_MAX + 1));
	log = store_log(s, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert(log[0].slot == 5 && log[1].slot == 4 && log[2].slot == 2);
	ck_assert(log[0].nth == 0 && log[2].nth == 2 && log[2].seq == 9);
	free(log);
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(a_reader_sees_the_last_commit)
{
	struct store *s, *reader;

	enter_folder();
	s = store_of_three();
	must(store_write(s, 3, 4, segment_of(4, 1, 31, 40)));
	store_free(s, 0);
	copy_file("db", "copy");
	must(store_open(&reader, "copy", STORE_READ));
	ck_assert_uint_eq(count_pairs(reader), 30);
	store_close(reader);
	must(store_commit(s));
	ck_assert_uint_eq(count_pairs(s), 30);
	numbers.n = 0;
	must(store_each(s, note_numbers, &numbers));
	ck_assert(numbers.list[0] == 11 && numbers.list[29] == 40);
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(a_slot_has_the_segment_that_was_written)
{
	uint8_t data[SEGMENT_SIZE];
	const uint8_t *segment;
	struct store *s;

	enter_folder();
	s = open_store(STORE_CREATE);
	segment = segment_of(1, 1, 1, 50);
	must(store_write(s, 0, 1, segment));
	must(store_write(s, 0, 1, segment_of(1, 1, 1, 5)));	/* shorter, padded with zeros */
	must(store_read(s, 0, data));
	ck_assert_mem_eq(data, segment_of(1, 1, 1, 5), SEGMENT_SIZE);
	ck_assert_uint_eq(store_slots(s), 100);
	ck_assert_uint_gt(store_size(s), 100 * SEGMENT_SIZE);
	store_close(s);
	leave_folder();
}
END_TEST

START_TEST(the_reason_names_the_slot_of_a_damaged_segment)
{
	uint8_t data[SEGMENT_SIZE];
	struct store *s;
	const char *why;

	enter_folder();
	s = store_of_three();
	s->directory.seqs[1] = 9;
	ck_assert_str_eq(store_read(s, 1, data),
	    "damaged: segment in slot 1: the sequence number differs "
	    "from the directory");
	ck_assert_str_eq(store_read(s, 99999, data),
	    "damaged: segment in slot 99999: cannot be read");
	store_close(s);
	ck_assert_uint_ge(change_file("db", "h25.example", "X25.example", 11), 1);
	s = open_store(STORE_READ);
	numbers.n = 0;
	why = store_each(s, note_numbers, &numbers);
	ck_assert_str_eq(why, "damaged: segment in slot 2: wrong checksum");
	ck_assert(store_is_damage(why));
	ck_assert_uint_eq(numbers.n, 20);
	store_close(s);
	leave_folder();
}
END_TEST

UNIT_MAIN("store_read", entries_are_read_in_the_order_of_the_log, a_reader_sees_the_last_commit,
    a_slot_has_the_segment_that_was_written, the_reason_names_the_slot_of_a_damaged_segment)
