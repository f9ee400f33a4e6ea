#include "io/loop.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

START_TEST(events_of_descriptors_are_returned)
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

START_TEST(a_timer_ends_the_wait)
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
	loop_wake(&l, start);	/* a time in the past ends the wait */
	loop_wait(&l);
	loop_free(&l);
}
END_TEST

START_TEST(signals_arrive_only_while_waiting)
{
	struct loop l = { 0 };

	loop_signals();
	raise(SIGHUP);
	raise(SIGHUP);
	raise(SIGTERM);
	ck_assert(!loop_signalled(SIGHUP));
	loop_begin(&l);
	loop_wait(&l);		/* a pending signal ends the wait */
	ck_assert(loop_signalled(SIGHUP));
	ck_assert(!loop_signalled(SIGHUP));
	ck_assert(loop_signalled(SIGTERM));
	ck_assert(!loop_signalled(SIGINT));
	loop_free(&l);
}
END_TEST

/* Signals arrive although a descriptor is always ready. */
START_TEST(signals_arrive_under_load)
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
	ck_assert_int_eq(write(fds[1], "x", 1), -1);	/* SIGPIPE is ignored */
	loop_free(&l);
}
END_TEST

UNIT_MAIN("loop", events_of_descriptors_are_returned, a_timer_ends_the_wait,
    signals_arrive_only_while_waiting, signals_arrive_under_load)
