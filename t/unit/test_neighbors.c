#include "bgp/neighbors.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/tcp.h"
#include "unit.h"

static struct update_local us = { .open = { .as = 65000, .id = 9, .hold = 90, .families = 1 } };
static struct policy policy;
static struct ribout *rib;
static struct neighbors all;
static struct loop loop;
static char path[] = "/tmp/test_neighbors.XXXXXX";
static unsigned downs;

static void
count_downs(void *owner, struct neighbor *n, const struct session_event *event)
{
	ck_assert_ptr_eq(owner, &all);
	ck_assert_ptr_eq(n->all, &all);
	downs += event->why != NULL;
}

static void
begin_neighbors(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	policy_open(&policy, ANY_SEED);
	rib = ribout_new(ANY_SEED);
	all = (struct neighbors){ .us = &us, .rib = rib, .policy = &policy,
	    .on_event = count_downs, .owner = &all };
	downs = 0;
}

static void
end_neighbors(void)
{
	neighbors_free(&all);
	ribout_free(rib);
	policy_free(&policy);
	unlink(path);
}

/* Writes these lines to the file and reads it. Returns NULL, or the reason and the line number. */
static const char *
read_lines(const char *lines, unsigned long *number)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(lines, file);
	fclose(file);
	return neighbors_read(&all, path, number);
}

static void
set_peers(const char *lines)
{
	unsigned long number;

	ck_assert_ptr_null(read_lines(lines, &number));
}

/* The addresses of all neighbors in order, with a space before each. */
static const char *
names(void)
{
	static char text[1024];
	char one[PEER_CONFIG_STRLEN];

	text[0] = '\0';
	for (size_t i = 0; i < all.n; i++) {
		peer_config_format_address(&all.list[i]->peer, one);
		strcat(strcat(text, " "), one);
	}
	return text;
}

static void
turn_neighbors(void)
{
	loop_begin(&loop);
	neighbors_begin(&all, &loop);
	loop_wake(&loop, clock_mono() + SECOND / 10);
	loop_wait(&loop);
	neighbors_turn(&all, &loop);
}

START_TEST(a_peer_can_be_given_once)
{
	begin_neighbors();
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.1")));
	ck_assert_ptr_nonnull(neighbors_add(&all, STR("192.0.2.1,as=65001")));
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.1,port=1179")));
	ck_assert_str_eq(names(), " 192.0.2.1 192.0.2.1");
	end_neighbors();
}
END_TEST

/* An external peer is one hop away; the distance of an internal peer is not limited. */
START_TEST(defaults_are_filled_in)
{
	begin_neighbors();
	all.retry_max = 7 * SECOND;
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.1")));
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.2,as=65001,tags=a,b,retry-max=9s")));
	ck_assert_uint_eq(all.list[0]->peer.as, 65000);
	ck_assert_uint_eq(all.list[0]->peer.hops, 0);
	ck_assert_int_eq(all.list[0]->peer.retry_max, 7 * SECOND);
	ck_assert_uint_eq(all.list[1]->peer.hops, 1);
	ck_assert_uint_eq(all.list[1]->peer.tag_bits, 3);
	ck_assert_int_eq(all.list[1]->peer.retry_max, 9 * SECOND);
	end_neighbors();
}
END_TEST

START_TEST(a_bad_line_is_reported_and_changes_nothing)
{
	static const struct {
		const char *lines;
		unsigned long number;
	} cases[] = {
		{ "192.0.2.7\nrouter\n", 2 }, { "192.0.2.7\n\n# x\n192.0.2.7\n", 4 },
		{ "192.0.2.9\n", 1 }, { "192.0.2.7 password-file=/nowhere/at/all\n", 1 },
	};
	unsigned long number;

	begin_neighbors();
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.9")));
	set_peers("192.0.2.1\n192.0.2.2\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(read_lines(cases[i].lines, &number) != NULL, "case %zu", i);
		ck_assert_uint_eq(number, cases[i].number);
		ck_assert_str_eq(names(), " 192.0.2.9 192.0.2.1 192.0.2.2");
	}
	ck_assert(!all.list[0]->leaving);	/* this peer is not from the file */
	ck_assert_ptr_nonnull(neighbors_read(&all, "/nowhere/at/all", &number));
	ck_assert_uint_eq(number, 0);
	end_neighbors();
}
END_TEST

START_TEST(a_port_forbidden_by_the_sandbox_is_refused)
{
	static bool ports[UINT16_MAX + 1] = { [179] = true };
	unsigned long number;

	begin_neighbors();
	all.ports = ports;
	set_peers("192.0.2.1\n");
	ck_assert_ptr_nonnull(read_lines("192.0.2.1\n192.0.2.2 port=1179\n", &number));
	ck_assert_uint_eq(number, 2);
	end_neighbors();
}
END_TEST

/* Starts routers at 127.0.0.1 and 127.0.0.2, and waits until both sessions have connected. */
static void
connect_both(int listeners[2], unsigned *port)
{
	struct addr at[2] = { { ADDR_V4, { 127, 0, 0, 1 } }, { ADDR_V4, { 127, 0, 0, 2 } } };
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	char lines[128];

	listeners[0] = tcp_listen(&at[0], 0, 2);
	ck_assert_int_ge(listeners[0], 0);
	ck_assert_int_eq(getsockname(listeners[0], (struct sockaddr *)&name, &size), 0);
	*port = ntohs(name.sin_port);
	listeners[1] = tcp_listen(&at[1], (uint16_t)*port, 2);
	ck_assert_int_ge(listeners[1], 0);
	snprintf(lines, sizeof(lines), "127.0.0.1 port=%u\n127.0.0.2 port=%u\n", *port, *port);
	set_peers(lines);
	neighbors_open(&all);
	while (all.list[0]->session.state != FSM_OPEN_SENT ||
	    all.list[1]->session.state != FSM_OPEN_SENT)
		turn_neighbors();
}

START_TEST(reading_a_file_again_changes_only_changed_peers)
{
	const struct neighbor *kept, *changed;
	int listeners[2], fd;
	char lines[128];
	unsigned port;

	begin_neighbors();
	connect_both(listeners, &port);
	kept = all.list[0];
	changed = all.list[1];
	fd = kept->conn.fd;
	/* The first peer differs only in its routes, so its session stays. */
	snprintf(lines, sizeof(lines), "127.0.0.1 port=%u tags=a\n127.0.0.2 port=%u hops=9\n", port,
	    port);
	set_peers(lines);
	ck_assert_uint_eq(kept->peer.tag_bits, 1);
	ck_assert(!kept->leaving && kept->conn.fd == fd && downs == 1);
	ck_assert(changed->leaving && changed->peer.hops == 0);
	while (changed->leaving || changed->session.state != FSM_OPEN_SENT)
		turn_neighbors();
	ck_assert_uint_eq(changed->peer.hops, 9);
	ck_assert(kept->conn.fd == fd && kept->session.state == FSM_OPEN_SENT);
	/* The first peer is removed after its connection has closed. */
	snprintf(lines, sizeof(lines), "127.0.0.2 port=%u hops=9\n", port);
	set_peers(lines);
	while (all.n == 2)
		turn_neighbors();
	ck_assert_str_eq(names(), " 127.0.0.2");
	ck_assert_uint_eq(downs, 2);
	end_neighbors();
	close(listeners[0]);
	close(listeners[1]);
}
END_TEST

START_TEST(stopping_closes_all_and_replaces_none)
{
	int listeners[2];
	unsigned port;

	begin_neighbors();
	connect_both(listeners, &port);
	set_peers("");
	neighbors_stop(&all, false, STR("maintenance"));
	while (!neighbors_are_closed(&all))
		turn_neighbors();
	ck_assert_uint_eq(downs, 2);
	ck_assert_uint_eq(all.n, 0);
	end_neighbors();
	close(listeners[0]);
	close(listeners[1]);
}
END_TEST

START_TEST(both_addresses_of_each_session_are_collected)
{
	struct addrset set = { 0 };
	struct prefix p;

	begin_neighbors();
	ck_assert_ptr_null(neighbors_add(&all, STR("192.0.2.1,source=192.0.2.9")));
	ck_assert_ptr_null(neighbors_add(&all, STR("2001:db8::1")));
	neighbors_addresses(&all, &set);
	addrset_sort(&set);
	ck_assert_uint_eq(set.n, 3);
	ck_assert_ptr_null(prefix_parse(STR("192.0.2.9/32"), &p));
	ck_assert(addrset_meets(&set, &p));
	ck_assert_ptr_null(prefix_parse(STR("2001:db8::1/128"), &p));
	ck_assert(addrset_meets(&set, &p));
	addrset_free(&set);
	end_neighbors();
}
END_TEST

UNIT_MAIN("neighbors", a_peer_can_be_given_once, defaults_are_filled_in,
    a_bad_line_is_reported_and_changes_nothing, a_port_forbidden_by_the_sandbox_is_refused,
    reading_a_file_again_changes_only_changed_peers, stopping_closes_all_and_replaces_none,
    both_addresses_of_each_session_are_collected)
