#include "control/control_reply.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "unit.h"

static enum control_reply
parse_reply(struct buf *out, struct str *text, int *status)
{
	ck_assert(out->len > 0 && out->len <= CONTROL_REPLY_MAX && out->data[out->len - 1] == '\n');
	return control_reply_parse((struct str){ out->data, out->len - 1 }, text, status);
}

START_TEST(a_formatted_reply_parses)
{
	struct buf out = BUF(2 * CONTROL_REPLY_MAX);
	struct str text;
	int status = -1;

	control_reply_warn(&out, "line %d: %s", 7, "a\nb\tc\xff");
	ck_assert_int_eq(parse_reply(&out, &text, &status), CONTROL_REPLY_WARN);
	ck_assert(str_eq(text, STR("line 7: a?b?c?")));
	buf_cut(&out, 0);
	control_reply_warn(&out, "%*d", 10 * CONTROL_REPLY_MAX, 1);
	ck_assert_int_eq(parse_reply(&out, &text, &status), CONTROL_REPLY_WARN);
	buf_cut(&out, 0);
	control_reply_status(&out, 2);
	ck_assert_int_eq(parse_reply(&out, &text, &status), CONTROL_REPLY_STATUS);
	ck_assert_int_eq(status, 2);
	buf_free(&out);
}
END_TEST

START_TEST(other_lines_are_data_or_warnings)
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

static struct control_printer printer;
static int reader;

/* Each test is a process: a pipe replaces its stdout. */
static void
open_printer(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	reader = ends[0];
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	control_reply_open(&printer);
}

static void
check_printed(const char *expected)
{
	char text[100];
	ssize_t n = read(reader, text, sizeof(text));

	ck_assert_int_eq(n > 0 ? n : 0, (int)strlen(expected));
	ck_assert_mem_eq(text, expected, strlen(expected));
}

START_TEST(data_is_printed_and_the_status_returned)
{
	open_printer();
	control_reply_print(&printer, STR("a line"));
	control_reply_print(&printer, STR("!warn of something"));
	control_reply_print(&printer, STR("!later versions may say this"));
	control_reply_print(&printer, STR("another"));
	control_reply_print(&printer, STR("!status 1"));
	ck_assert_int_eq(control_reply_close(&printer, "cut"), 1);
	check_printed("a line\nanother\n");
}
END_TEST

START_TEST(a_reply_without_a_status_returns_two)
{
	open_printer();
	control_reply_print(&printer, STR("half a reply"));
	ck_assert_int_eq(control_reply_close(&printer, "cut"), 2);
	check_printed("half a reply\n");
}
END_TEST

START_TEST(a_reader_that_closes_stdout_is_no_failure)
{
	signal(SIGPIPE, SIG_IGN);
	open_printer();
	close(reader);
	control_reply_print(&printer, STR("a line"));
	ck_assert_int_eq(control_reply_close(&printer, "cut"), 0);
}
END_TEST

UNIT_MAIN("control_reply", a_formatted_reply_parses, other_lines_are_data_or_warnings,
    data_is_printed_and_the_status_returned, a_reply_without_a_status_returns_two,
    a_reader_that_closes_stdout_is_no_failure)
