#include "io/loop.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

START_TEST(descriptors_speak)
{
	struct loop l = { 0 };
	size_t reader, writer, off;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	loop_begin(&l);
	reader = loop_add(&l, fds[0], POLLIN);
	writer = loop_add(&l, fds[1], POLLOUT);
	off = loop_add(&l, -1, POLLIN);
	ck_assert_int_eq(loop_look(&l), 1);
	ck_assert_int_eq(loop_events(&l, reader), 0);
	ck_assert_int_eq(loop_events(&l, writer), POLLOUT);
	ck_assert_int_eq(loop_events(&l, off), 0);
	close(fds[1]);
	loop_begin(&l);
	reader = loop_add(&l, fds[0], 0);
	loop_wait(&l);
	ck_assert_int_eq(loop_events(&l, reader), POLLHUP);
	close(fds[0]);
	loop_free(&l);
}
END_TEST

START_TEST(it_wakes_in_time)
{
	struct loop l = { 0 };
	int64_t start = clock_mono();

	loop_begin(&l);
	loop_wake(&l, start + 3600 * SECOND);
	loop_wake(&l, start + SECOND / 50);
	loop_wake(&l, NEVER);
	loop_wait(&l);
	ck_assert_int_ge(clock_mono(), start + SECOND / 50);
	loop_begin(&l);
	loop_wake(&l, start);	/* in the past: at once */
	loop_wait(&l);
	loop_free(&l);
}
END_TEST

START_TEST(signals_come_only_while_waiting)
{
	struct loop l = { 0 };

	loop_signals();
	raise(SIGHUP);
	raise(SIGHUP);
	raise(SIGTERM);
	ck_assert(!loop_signalled(SIGHUP));
	loop_begin(&l);
	loop_wait(&l);		/* a signal from before ends it */
	ck_assert(loop_signalled(SIGHUP));
	ck_assert(!loop_signalled(SIGHUP));
	ck_assert(loop_signalled(SIGTERM));
	ck_assert(!loop_signalled(SIGINT));
	loop_free(&l);
}
END_TEST

/* A descriptor that is always ready holds no signal back. */
START_TEST(signals_come_under_load)
{
	struct loop l = { 0 };
	size_t place;
	int fds[2];

	loop_signals();
	ck_assert_int_eq(pipe(fds), 0);
	raise(SIGUSR1);
	loop_begin(&l);
	place = loop_add(&l, fds[1], POLLOUT);
	ck_assert_int_eq(loop_look(&l), 1);
	ck_assert(loop_signalled(SIGUSR1));
	ck_assert_int_eq(loop_events(&l, place), POLLOUT);
	close(fds[0]);
	ck_assert_int_eq(write(fds[1], "x", 1), -1);	/* and SIGPIPE is not one of them */
	loop_free(&l);
}
END_TEST

UNIT_MAIN("loop", descriptors_speak, it_wakes_in_time, signals_come_only_while_waiting,
    signals_come_under_load)
