/* Stderr is a pipe. Each test runs in its own process. */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int messages;

static void
begin(void)
{
	int words[2];

	ck_assert_int_eq(pipe(words), 0);
	ck_assert_int_eq(dup2(words[1], STDERR_FILENO), STDERR_FILENO);
	close(words[1]);
	messages = words[0];
	fcntl(messages, F_SETFL, O_NONBLOCK);
	unsetenv("JOURNAL_STREAM");
	log_open("program");
}

/* All messages since the last call. */
static const char *
written(void)
{
	static char text[65536];
	ssize_t n = read(messages, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(each_message_begins_with_the_program_name)
{
	begin();
	ck_assert_str_eq(log_program(), "program");
	log_error("%s: %d", "a", 1);
	ck_assert_str_eq(written(), "program: a: 1\n");
	log_warn("b");
	log_info("c");
	ck_assert_str_eq(written(), "program: b\nprogram: c\n");
	log_debug("d");
	ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(journal_messages_have_a_priority)
{
	char stream[64];
	struct stat st;

	begin();
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
	    (unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("program");
	log_error("a");
	log_warn("b");
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(written(), "<3>program: a\n<4>program: b\n<6>program: c\n<7>program: d\n");
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
	    (unsigned long)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("program");
	log_error("a");
	ck_assert_str_eq(written(), "program: a\n");
}
END_TEST

START_TEST(control_bytes_are_escaped)
{
	begin();
	log_error("%s", "a\r\n\x1b[31m\x7f\xc3\xa4");
	ck_assert_str_eq(written(), "program: a\\r\\x0a\\x1b[31m\\x7f\xc3\xa4\n");
}
END_TEST

START_TEST(a_long_message_is_truncated_and_ends_with_lf)
{
	static char many[10000];
	const char *text;

	begin();
	for (const char *c = "x\n"; *c != '\0'; c++) {
		memset(many, *c, sizeof(many) - 1);
		log_error("%s", many);
		text = written();
		ck_assert_uint_gt(strlen(text), 2000);
		ck_assert_uint_le(strlen(text), 2048);
		ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	}
}
END_TEST

/* The exit status of a child process that executes the call. */
#define STATUS_OF(call) ({				\
	pid_t pid = fork();				\
	int status;					\
							\
	if (pid == 0) {					\
		call;					\
		_exit(99);				\
	}						\
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);	\
	WIFEXITED(status) ? WEXITSTATUS(status) : -1;	\
})

START_TEST(fatal_errors_exit_with_status_2)
{
	begin();
	ck_assert_int_eq(STATUS_OF(log_die("%s", "a")), 2);
	ck_assert_str_eq(written(), "program: a\n");
	ck_assert_int_eq(STATUS_OF(log_misuse("-%c", 'x')), 2);
	ck_assert_str_eq(written(), "program: -x; try 'program --help'\n");
	ck_assert_int_eq(STATUS_OF(log_try_help()), 2);
	ck_assert_str_eq(written(), "program: try 'program --help'\n");
}
END_TEST

START_TEST(messages_beyond_the_limit_are_counted)
{
	struct log_limit limit = { 0 };
	const char *text;
	unsigned lines = 0;

	begin();
	for (int i = 0; i < 150; i++)
		log_limited(&limit, "x");
	for (text = written(); (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	ck_assert_uint_eq(lines, 100);
	limit.until = 0;	/* the ten seconds are over */
	log_limited(&limit, "y");
	ck_assert_str_eq(written(),
	    "program: 50 similar messages suppressed\nprogram: y\n");
}
END_TEST

UNIT_MAIN("log", each_message_begins_with_the_program_name, journal_messages_have_a_priority,
    control_bytes_are_escaped, a_long_message_is_truncated_and_ends_with_lf,
    fatal_errors_exit_with_status_2, messages_beyond_the_limit_are_counted)
