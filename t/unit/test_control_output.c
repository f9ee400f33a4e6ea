#include "control/control_output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "unit.h"

static struct control_output replies;
static int reader;

/* Each test is a process: its stdout is a pipe of ours. */
static void
begin(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	reader = ends[0];
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	control_output_open(&replies);
}

static void
check_printed(const char *expected)
{
	char text[100];
	ssize_t n = read(reader, text, sizeof(text));

	ck_assert_int_eq(n > 0 ? n : 0, (int)strlen(expected));
	ck_assert_mem_eq(text, expected, strlen(expected));
}

START_TEST(data_is_printed_and_the_status_is_the_last_word)
{
	begin();
	control_output_take(&replies, STR("a line"));
	control_output_take(&replies, STR("!warn of something"));
	control_output_take(&replies, STR("!later versions may say this"));
	control_output_take(&replies, STR("another"));
	control_output_take(&replies, STR("!status 1"));
	ck_assert_int_eq(control_output_close(&replies, "cut"), 1);
	check_printed("a line\nanother\n");
}
END_TEST

START_TEST(without_a_status_it_has_failed)
{
	begin();
	control_output_take(&replies, STR("half of it"));
	ck_assert_int_eq(control_output_close(&replies, "cut"), 2);
	check_printed("half of it\n");
}
END_TEST

START_TEST(a_reader_that_goes_is_no_failure)
{
	signal(SIGPIPE, SIG_IGN);
	begin();
	close(reader);
	control_output_take(&replies, STR("a line"));
	ck_assert_int_eq(control_output_close(&replies, "cut"), 0);
}
END_TEST

UNIT_MAIN("replies", data_is_printed_and_the_status_is_the_last_word,
    without_a_status_it_has_failed, a_reader_that_goes_is_no_failure)
