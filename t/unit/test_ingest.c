#include "ipcache/ingest.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static struct filter filter;
static struct ingest ingest;
/* Lines `PAIRS COMMENT`: the number of pairs that were merged before the comment. */
static struct buf comments = BUF(4096);

static void
no_route(const struct route *r)
{
	(void)r;
}

static void
drop_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a, (void)place, (void)why;
}

static void
note_comment(struct str line)
{
	buf_num(&comments, cache_pairs(ingest.cache));
	buf_byte(&comments, ' ');
	buf_str(&comments, line);
	buf_byte(&comments, '\n');
}

/* Reads the lines from stdin in one turn. */
static void
read_lines(const char *lines, int64_t now)
{
	static const struct life life = { .fixed = 100 * SECOND };
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], lines, strlen(lines)), (int)strlen(lines));
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	buf_cut(&comments, 0);
	linereader_open(&filter.in, STDIN_FILENO, ANSWER_MAX - 1);
	linereader_read(&filter.in);
	ingest = (struct ingest){ .filter = &filter, .comment = note_comment,
	    .cache = cache_new(1, &life, no_route, drop_pair) };
	ingest_turn(&ingest, now);
}

static void
free_ingest(void)
{
	cache_free(ingest.cache);
	linereader_free(&filter.in);
	filter = (struct filter){ 0 };
}

START_TEST(each_line_is_counted_by_its_result)
{
	read_lines("1000.000000 192.0.2.1 60 a.example\n"
	    "1000.000000 192.0.2.1 60 a.example\n"
	    "1001.000000 192.0.2.1 60 a.example\n"
	    "100.000000 192.0.2.2 60 b.example\n"
	    "1062.000000 192.0.2.3 60 c.example\n"
	    "bad\n", 1001 * SECOND);
	ck_assert_uint_eq(ingest.taken, 6);
	ck_assert_uint_eq(ingest.results[CACHE_NEW], 1);
	ck_assert_uint_eq(ingest.results[CACHE_SAME], 1);
	ck_assert_uint_eq(ingest.results[CACHE_MERGED], 1);
	ck_assert_uint_eq(ingest.results[CACHE_DEAD], 1);
	ck_assert_uint_eq(ingest.results[CACHE_AHEAD_OF_CLOCK], 1);
	ck_assert_uint_eq(filter.bad_lines, 1);
	ck_assert_uint_eq(cache_pairs(ingest.cache), 1);
	free_ingest();
}
END_TEST

START_TEST(a_comment_follows_the_effect_of_earlier_lines)
{
	read_lines("# barrier 1\n"
	    "1000.000000 192.0.2.1 60 a.example\n"
	    "1000.000000 192.0.2.2 60 a.example\n"
	    "# barrier 2\n"
	    "bad\n"
	    "1000.000000 192.0.2.3 60 a.example\n"
	    "# barrier 3\n", 1000 * SECOND);
	buf_byte(&comments, '\0');
	ck_assert_str_eq(comments.data, "0 # barrier 1\n2 # barrier 2\n3 # barrier 3\n");
	ck_assert_uint_eq(ingest.taken, 4);
	free_ingest();
}
END_TEST

START_TEST(a_bad_line_among_several_affects_no_other_line)
{
	struct buf lines = BUF(1 << 16);

	for (int i = 0; i < 3 * CACHE_EXPECT_MAX + 5; i++) {
		char line[100];

		snprintf(line, sizeof(line), "1000.000000 192.0.2.%d 60 a.example\n%s", i,
		    i % 7 == 0 ? "1000.000000 192.0.2.300 60 b.example\n" : "");
		buf_str(&lines, str_of(line));
	}
	buf_byte(&lines, '\0');
	read_lines(lines.data, 1000 * SECOND);
	ck_assert_uint_eq(cache_pairs(ingest.cache), 3 * CACHE_EXPECT_MAX + 5);
	ck_assert_uint_eq(ingest.results[CACHE_NEW], 3 * CACHE_EXPECT_MAX + 5);
	ck_assert_uint_eq(filter.bad_lines, (3 * CACHE_EXPECT_MAX + 5 + 6) / 7);
	free_ingest();
	buf_free(&lines);
}
END_TEST

UNIT_MAIN("ingest", each_line_is_counted_by_its_result,
    a_comment_follows_the_effect_of_earlier_lines, a_bad_line_among_several_affects_no_other_line)
