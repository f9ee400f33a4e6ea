/* The output is a pipe, whose reading end is `sink`. */
#include "io/drain.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "idle.h"
#include "unit.h"

#define MIB (1024 * 1024)

static int sink, messages;
static struct linewriter out;
static struct drain drain;
static struct loop loop;

static void
begin(void)
{
	int to[2], words[2];

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(words), 0);
	ck_assert_int_eq(dup2(words[1], STDERR_FILENO), STDERR_FILENO);
	sink = to[0];
	messages = words[0];
	fcntl(messages, F_SETFL, O_NONBLOCK);
	loop_signals();
	linewriter_open(&out, to[1], 4 * MIB);
	alarm(20);
}

static void
append(size_t n)
{
	char *room = buf_room(&out.buf, n);

	ck_assert_ptr_nonnull(room);
	memset(room, '\n', n);
	out.buf.len += n;
}

static bool
has_message(const char *part)
{
	char text[1024];
	ssize_t n = read(messages, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return strstr(text, part) != NULL;
}

/* Raises the signal, and runs the loop so that it is delivered. */
static bool
signal_begins(int sig)
{
	raise(sig);
	loop_begin(&loop);
	loop_look(&loop);
	return drain_signals(&drain);
}

START_TEST(the_first_signal_starts_draining)
{
	begin();
	ck_assert(!drain_signals(&drain));
	ck_assert(!signal_begins(SIGHUP));
	ck_assert(!drain.stopping);
	ck_assert(signal_begins(SIGTERM));
	ck_assert(drain.stopping);
	ck_assert(!signal_begins(SIGTERM));
	ck_assert(!signal_begins(SIGINT));
	drain = (struct drain){ 0 };
	ck_assert(signal_begins(SIGINT));
}
END_TEST

START_TEST(draining_does_not_end_without_a_signal)
{
	drain_extend(&drain);
	ck_assert(!drain_is_over(&drain, true, false));
	ck_assert(!drain_is_late(&drain));
	loop_begin(&loop);
	drain_wake(&drain, &loop);
	ck_assert_int_eq(loop.wake, NEVER);
}
END_TEST

START_TEST(quiet_or_the_end_of_input_ends_draining)
{
	int64_t before = clock_mono();

	begin();
	ck_assert(signal_begins(SIGTERM));
	ck_assert_int_ge(drain.quiet_at, before + SECOND);
	ck_assert_int_ge(drain.stop_at, before + 5 * SECOND);
	ck_assert(!drain_is_over(&drain, false, false));
	ck_assert(drain_is_over(&drain, true, false));
	ck_assert(!drain_is_over(&drain, true, true));
	drain.quiet_at = clock_mono();
	ck_assert(drain_is_over(&drain, false, false));
	ck_assert(!drain_is_over(&drain, false, true));
	drain_extend(&drain);
	ck_assert(!drain_is_over(&drain, false, false));
}
END_TEST

START_TEST(input_does_not_extend_the_deadline)
{
	begin();
	ck_assert(signal_begins(SIGTERM));
	drain.stop_at = clock_mono();
	drain_extend(&drain);
	ck_assert(drain_is_late(&drain));
	ck_assert(drain_is_over(&drain, false, true));
	loop_begin(&loop);
	drain_wake(&drain, &loop);
	ck_assert_int_eq(loop.wake, drain.stop_at);
}
END_TEST

/* Starts a process that reads all output, and exits with 0 if it has n bytes. */
static pid_t
start_reader(size_t n)
{
	char data[4096];
	size_t sum = 0;
	ssize_t got;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0) {
		close(sink);
		return pid;
	}
	close(out.fd);
	while ((got = read(sink, data, sizeof(data))) > 0)
		sum += (size_t)got;
	_exit(sum == n ? 0 : 1);
}

START_TEST(all_output_reaches_a_slow_reader)
{
	pid_t reader;
	int status;

	begin();
	append(3 * MIB);
	reader = start_reader(3 * MIB);
	ck_assert_int_eq(drain_close(&drain, &loop, &out, false), 0);
	close(out.fd);
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert_int_eq(status, 0);
	ck_assert(!has_message("lost"));
}
END_TEST

/* The reader reads only as many bytes as needed to reach the level. */
START_TEST(output_is_written_until_the_level_is_reached)
{
	pid_t reader;

	begin();
	append(3 * MIB);
	reader = fork();
	ck_assert_int_ge(reader, 0);
	if (reader == 0) {
		static char data[2 * MIB];

		for (size_t sum = 0; sum < sizeof(data);)
			sum += (size_t)read(sink, data, sizeof(data) - sum);
		pause();
	}
	drain_output(&drain, &loop, &out, MIB, false);
	ck_assert_uint_le(linewriter_pending(&out), MIB);
	ck_assert_uint_gt(linewriter_pending(&out), 0);
	kill(reader, SIGKILL);
	ck_assert_int_eq(waitpid(reader, NULL, 0), reader);
	linewriter_free(&out);
}
END_TEST

START_TEST(a_blocked_reader_delays_the_end_until_the_deadline)
{
	struct idle wait;

	begin();
	append(3 * MIB);
	ck_assert(signal_begins(SIGTERM));
	drain.stop_at = clock_mono() + SECOND * 3 / 10;
	wait = idle_begin();
	ck_assert_int_eq(drain_close(&drain, &loop, &out, false), 0);
	ck_assert(drain_is_late(&drain));
	ck_assert(idle_lasted(wait));
	ck_assert(has_message("bytes lost"));
}
END_TEST

/* SIGTERM arrives while the program waits for the reader. */
START_TEST(a_signal_limits_the_wait_for_a_blocked_reader)
{
	struct drain late = { .stopping = true };
	pid_t parent = getpid(), child;

	begin();
	append(3 * MIB);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(kill(parent, SIGTERM));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	drain_output(&drain, &loop, &out, 0, true);
	ck_assert(drain.stopping);
	late.stop_at = clock_mono();
	drain_output(&late, &loop, &out, 0, false);
	ck_assert_uint_gt(linewriter_pending(&out), 0);
	linewriter_free(&out);
}
END_TEST

START_TEST(lossy_output_does_not_wait)
{
	begin();
	append(3 * MIB);
	ck_assert(signal_begins(SIGTERM));
	ck_assert_int_eq(drain_close(&drain, &loop, &out, true), 0);
	ck_assert(!drain_is_late(&drain));
	ck_assert(!has_message("lost"));
}
END_TEST

START_TEST(a_write_error_is_reported)
{
	begin();
	linewriter_free(&out);
	linewriter_open(&out, open("/dev/full", O_WRONLY), MIB);
	append(7);
	ck_assert_int_eq(drain_close(&drain, &loop, &out, false), 2);
	ck_assert(has_message("stdout: No space left on device"));
}
END_TEST

START_TEST(a_closed_pipe_is_no_error)
{
	begin();
	append(3 * MIB);
	close(sink);
	ck_assert_int_eq(drain_close(&drain, &loop, &out, false), 0);
	ck_assert(!has_message(":"));
}
END_TEST

UNIT_MAIN("drain", the_first_signal_starts_draining, draining_does_not_end_without_a_signal,
    quiet_or_the_end_of_input_ends_draining, input_does_not_extend_the_deadline,
    all_output_reaches_a_slow_reader, output_is_written_until_the_level_is_reached,
    a_blocked_reader_delays_the_end_until_the_deadline,
    a_signal_limits_the_wait_for_a_blocked_reader, lossy_output_does_not_wait,
    a_write_error_is_reported, a_closed_pipe_is_no_error)
