#include "bgp/barriers.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static struct update_local us = { .open = { .as = 65000, .families = 1 } };
static struct neighbor near = { .peer = { .gate = true } }, far = { .peer = { .gate = true } };
static struct neighbor *list[] = { &near, &far };
static struct neighbors all = { .list = list, .n = 2 };
static struct barriers b;
static struct ribout *rib;
static char path[64];
static int reader;

static void
establish(struct neighbor *n)
{
	session_open(&n->session, &us, &n->peer, rib, 1);
	n->conn.session = &n->session;
	n->session.state = FSM_ESTABLISHED;
	n->session.families = n->session.ended = BGP_BIT(BGP_IPV4);
	ribout_attach(rib, &n->session.reader);
}

static void
begin_barriers(void)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof(path), "/tmp/test_barriers.%ld", (long)getpid());
	ck_assert_ptr_null(barriers_add(&b, path));
	ck_assert_ptr_null(barriers_open(&b));
	reader = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(reader, 0);
	rib = ribout_new(1);
	establish(&near);
	establish(&far);
}

static void
end_barriers(void)
{
	session_free(&near.session);
	session_free(&far.session);
	gate_free(&near.gate);
	gate_free(&far.gate);
	ribout_free(rib);
	barriers_close(&b);
	close(reader);
	unlink(path);
}

static void
announce(uint8_t i)
{
	const struct prefix p = { .addr = { ADDR_V4, { 10, 0, 0, i } }, .len = 32 };

	ribout_announce(rib, &p, 0);
}

/* Encodes all pending changes of the peer as an UPDATE of 50 bytes. */
static void
encode(struct neighbor *n)
{
	struct ribout_change c;

	if (!ribout_next(rib, &n->session.reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c))
		return;
	do
		ribout_take(rib, &n->session.reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c, true);
	while (ribout_next(rib, &n->session.reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c));
	n->session.update_end += 50;
}

/* Acknowledges all UPDATEs: without counts of the kernel, written bytes are acknowledged. */
static void
acknowledge(struct neighbor *n)
{
	n->session.written = n->session.update_end;
}

static void
read_barrier(const char *id)
{
	char line[64];

	snprintf(line, sizeof(line), "# barrier %s", id);
	ck_assert(barriers_read(&b, str_of(line)));
}

/* A turn at this time; then the lines in the FIFO. */
static const char *
returned(int64_t now)
{
	static char text[64 * 1024];
	ssize_t n;

	barriers_turn(&b, &all, now);
	n = read(reader, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(a_barrier_waits_for_each_peer)
{
	begin_barriers();
	announce(1);
	read_barrier("a");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "");
	encode(&near);
	encode(&far);
	ck_assert_str_eq(returned(0), "");
	acknowledge(&far);
	ck_assert_str_eq(returned(0), "");
	ck_assert_uint_eq(barriers_pending(&b), 1);
	acknowledge(&near);
	ck_assert_str_eq(returned(0), "# barrier a\n");
	ck_assert_uint_eq(barriers_pending(&b), 0);
	read_barrier("b");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier b\n");
	end_barriers();
}
END_TEST

/* With many changes pending, later changes do not delay the barrier. */
START_TEST(a_barrier_does_not_wait_for_an_empty_queue)
{
	struct ribout_change c;

	begin_barriers();
	session_free(&far.session);
	far.session = (struct session){ 0 };
	announce(1);
	read_barrier("a");
	barriers_ask(&b, &all);
	announce(2);
	read_barrier("b");
	barriers_ask(&b, &all);
	ck_assert(ribout_next(rib, &near.session.reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c));
	ribout_take(rib, &near.session.reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c, true);
	near.session.update_end = near.session.written = 50;
	announce(3);
	ck_assert_str_eq(returned(0), "# barrier a\n");
	encode(&near);
	acknowledge(&near);
	ck_assert_str_eq(returned(0), "# barrier b\n");
	end_barriers();
}
END_TEST

START_TEST(only_gated_complete_sessions_count)
{
	begin_barriers();
	near.peer.gate = false;
	far.session.ended = 0;
	announce(1);
	read_barrier("a");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier a\n");
	far.session.ended = far.session.families;
	announce(2);
	read_barrier("b");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "");
	far.session.state = FSM_IDLE;
	ribout_detach(rib, &far.session.reader);
	ck_assert_str_eq(returned(0), "# barrier b\n");
	near.peer.gate = true;
	end_barriers();
}
END_TEST

START_TEST(a_peer_does_not_wait_for_a_family_that_it_lacks)
{
	const struct prefix p = { .addr = { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } }, .len = 128 };

	begin_barriers();
	ribout_announce(rib, &p, 0);
	read_barrier("a");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier a\n");
	end_barriers();
}
END_TEST

START_TEST(a_barrier_waits_until_the_routes_are_settled)
{
	struct loop loop = { 0 };

	begin_barriers();
	far.peer.settle = 2000;
	announce(1);
	read_barrier("a");
	barriers_ask(&b, &all);
	encode(&near);
	encode(&far);
	acknowledge(&near);
	acknowledge(&far);
	ck_assert_str_eq(returned(7000), "");
	loop_begin(&loop);
	barriers_begin(&b, &all, &loop);
	ck_assert_int_eq(loop.wake, 9000);
	ck_assert_str_eq(returned(8999), "");
	ck_assert_str_eq(returned(9000), "# barrier a\n");
	read_barrier("b");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(9001), "# barrier b\n");
	far.peer.settle = 0;
	loop_free(&loop);
	end_barriers();
}
END_TEST

START_TEST(beyond_the_limit_the_oldest_are_lost)
{
	const char *text;
	char id[16];

	begin_barriers();
	announce(1);
	for (unsigned i = 1; i <= BARRIERS_MAX + 3; i++) {
		snprintf(id, sizeof(id), "b%u", i);
		read_barrier(id);
		barriers_ask(&b, &all);
	}
	ck_assert_str_eq(returned(0), "");
	ck_assert_uint_eq(b.lost, 3);
	ck_assert_uint_eq(barriers_pending(&b), BARRIERS_MAX);
	encode(&near);
	encode(&far);
	acknowledge(&near);
	acknowledge(&far);
	text = returned(0);
	ck_assert(strncmp(text, "# barrier b4\n# barrier b5\n", 26) == 0);
	ck_assert_ptr_nonnull(strstr(text, "\n# barrier b1026\n# barrier b1027\n"));
	ck_assert_uint_eq(b.lost, 3);
	end_barriers();
}
END_TEST

/* The writer never waits: barriers stay pending while the FIFO is full. */
START_TEST(a_full_fifo_receives_the_barriers_later)
{
	static char id[BARRIER_ID_MAX + 1];
	struct loop loop = { 0 };
	const char *text;

	begin_barriers();
	memset(id, 'x', sizeof(id) - 1);
	while (b.fifos[0].done == b.last) {
		read_barrier(id);
		barriers_ask(&b, &all);
		barriers_turn(&b, &all, 0);
	}
	read_barrier("last");
	barriers_ask(&b, &all);
	barriers_turn(&b, &all, 0);
	ck_assert_uint_eq(b.last - b.fifos[0].done, 2);
	loop_begin(&loop);
	barriers_begin(&b, &all, &loop);
	ck_assert_uint_eq(loop.n, 1);
	while (text = returned(0), b.fifos[0].done < b.last || text[0] != '\0')
		if (strstr(text, "# barrier last\n") != NULL)
			break;
	ck_assert_uint_eq(b.fifos[0].done, b.last);
	ck_assert_uint_eq(b.lost, 0);
	loop_free(&loop);
	end_barriers();
}
END_TEST

START_TEST(a_fifo_without_a_reader_is_skipped)
{
	begin_barriers();
	close(reader);
	read_barrier("a");
	barriers_ask(&b, &all);
	barriers_turn(&b, &all, 0);
	ck_assert_uint_eq(barriers_pending(&b), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	read_barrier("b");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier b\n");
	close(reader);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	read_barrier("c");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier c\n");
	end_barriers();
}
END_TEST

START_TEST(each_fifo_receives_each_barrier)
{
	char other[80], text[64];
	int second;

	snprintf(other, sizeof(other), "/tmp/test_barriers.%ld.2", (long)getpid());
	ck_assert_ptr_null(barriers_add(&b, other));
	begin_barriers();
	second = open(other, O_RDONLY | O_NONBLOCK);
	read_barrier("a");
	barriers_ask(&b, &all);
	ck_assert_str_eq(returned(0), "# barrier a\n");
	ck_assert_int_eq(read(second, text, sizeof(text)), 12);
	close(second);
	unlink(other);
	end_barriers();
}
END_TEST

START_TEST(without_a_fifo_lines_are_no_barriers)
{
	ck_assert(!barriers_read(&b, STR("# barrier a")));
	ck_assert_ptr_null(barriers_add(&b, "/dev/null"));
	ck_assert(!barriers_read(&b, STR("# other")));
	ck_assert_str_eq(barriers_open(&b), "/dev/null: not a FIFO");
	for (int i = 1; i < BARRIERS_FIFOS_MAX; i++)
		ck_assert_ptr_null(barriers_add(&b, "/dev/null"));
	ck_assert_ptr_nonnull(barriers_add(&b, "/dev/null"));
}
END_TEST

UNIT_MAIN("barriers", a_barrier_waits_for_each_peer, a_barrier_does_not_wait_for_an_empty_queue,
    only_gated_complete_sessions_count,
    a_peer_does_not_wait_for_a_family_that_it_lacks, a_barrier_waits_until_the_routes_are_settled,
    beyond_the_limit_the_oldest_are_lost, a_full_fifo_receives_the_barriers_later,
    a_fifo_without_a_reader_is_skipped, each_fifo_receives_each_barrier,
    without_a_fifo_lines_are_no_barriers)
