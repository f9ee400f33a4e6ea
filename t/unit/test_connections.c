#include "packet/connections.h"

#include "unit.h"

#include "base/buf.h"
#include "packets.h"

#define SYN (CONNECTIONS_SYN | CONNECTIONS_ACK)

static struct connections table;
static unsigned messages;
static size_t size;

static void
receive(void *arg, struct str message)
{
	(void)arg;
	messages++;
	size = message.n;
}

static void
setup(void)
{
	if (table.limit > 0)
		connections_free(&table);
	connections_open(&table, CONNECTIONS_MEMORY_MIN, 1);
	messages = 0;
}

/* A segment to client number `client`. */
static void
take(uint32_t client, uint32_t seq, unsigned flags, struct str data)
{
	struct connections_segment s = { .key = { .server_port = 53, .client_port = 1000 },
	    .seq = seq, .flags = flags, .data = data };

	addr_from_bytes(&s.key.server, "\xc0\0\2\x35", 4);
	addr_from_bytes(&s.key.client, &client, 4);
	connections_take(&table, &s, 0, receive, NULL);
	ck_assert_uint_le(connections_memory(&table), CONNECTIONS_MEMORY_MIN);
}

START_TEST(a_connection_from_syn_to_fin)
{
	setup();
	take(1, 99, SYN, STR(""));
	take(1, 100, CONNECTIONS_ACK, STR("\0\3abc"));
	take(1, 105, CONNECTIONS_ACK, STR("\0\2d"));
	take(1, 108, CONNECTIONS_ACK | CONNECTIONS_FIN, STR("e"));
	ck_assert_uint_eq(messages, 2);
	ck_assert_uint_eq(size, 2);
	take(1, 110, CONNECTIONS_ACK, STR("\0\3abc"));
	ck_assert_uint_eq(messages, 2);
	ck_assert_uint_eq(table.unknown, 1);
	ck_assert_uint_eq(table.opened, 1);
}
END_TEST

START_TEST(data_in_the_syn)
{
	setup();
	take(1, 99, SYN, STR("\0\3abc"));
	ck_assert_uint_eq(messages, 1);
	take(1, 99, SYN, STR("\0\3abc"));
	take(1, 105, CONNECTIONS_ACK, STR("\0\0"));
	ck_assert_uint_eq(messages, 2);
	ck_assert_uint_eq(table.opened, 1);
}
END_TEST

START_TEST(a_connection_whose_start_was_not_seen_is_ignored)
{
	setup();
	take(1, 100, CONNECTIONS_ACK, STR("\0\3abc"));
	take(1, 99, CONNECTIONS_SYN, STR("\0\3abc"));	/* the SYN of a client */
	ck_assert_uint_eq(messages, 0);
	ck_assert_uint_eq(table.unknown, 2);
	take(1, 105, CONNECTIONS_ACK, STR(""));
	ck_assert_uint_eq(table.unknown, 2);
}
END_TEST

START_TEST(a_new_syn_begins_a_new_connection)
{
	setup();
	take(1, 99, SYN, STR(""));
	take(1, 100, CONNECTIONS_ACK, STR("\0\3a"));
	take(1, 499, SYN, STR(""));
	take(1, 500, CONNECTIONS_ACK, STR("\0\1a"));
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(table.opened, 2);
}
END_TEST

START_TEST(a_reset_ends_a_connection)
{
	setup();
	take(1, 99, SYN, STR(""));
	take(1, 100, CONNECTIONS_RST, STR(""));
	take(1, 100, CONNECTIONS_ACK, STR("\0\1a"));
	ck_assert_uint_eq(messages, 0);
	ck_assert_uint_eq(table.bytes, 0);
}
END_TEST

START_TEST(connections_do_not_mix)
{
	setup();
	for (uint32_t i = 0; i < 100; i++)
		take(i, i, SYN, STR(""));
	for (uint32_t i = 0; i < 100; i++)
		take(i, i + 1, CONNECTIONS_ACK, STR("\0\4ab"));
	for (uint32_t i = 0; i < 100; i++)
		take(i, i + 5, CONNECTIONS_ACK, STR("cd"));
	ck_assert_uint_eq(messages, 100);
	ck_assert_uint_eq(table.bytes, 0);
}
END_TEST

START_TEST(a_gap_loses_the_connection)
{
	setup();
	take(1, 99, SYN, STR(""));
	take(1, 100 + TCPSTREAM_WINDOW + 1, CONNECTIONS_ACK, STR("\0\1a"));
	take(1, 100, CONNECTIONS_ACK, STR("\0\1a"));
	ck_assert_uint_eq(messages, 0);
	ck_assert_uint_eq(table.lost, 1);
	ck_assert_uint_eq(table.unknown, 1);
}
END_TEST

START_TEST(idle_connections_are_removed_at_the_limit)
{
	setup();
	take(0, 0, SYN, STR(""));
	take(0, 1, CONNECTIONS_ACK, STR("\0\2a"));
	for (uint32_t i = 1; i <= 1000000; i++)
		take(i, i, SYN, STR(""));
	ck_assert_uint_eq(table.opened, 1000001);
	ck_assert_uint_eq(table.removed, 1000001 - table.limit);
	take(0, 4, CONNECTIONS_ACK, STR("b"));	/* it has buffered bytes */
	take(1000000, 1000001, CONNECTIONS_ACK, STR("\0\0"));
	take(1, 2, CONNECTIONS_ACK, STR("\0\0"));
	ck_assert_uint_eq(messages, 2);
	ck_assert_uint_eq(table.unknown, 1);
}
END_TEST

START_TEST(connections_without_a_message_are_removed_first)
{
	setup();
	take(0, 0, SYN, STR(""));
	take(0, 1, CONNECTIONS_ACK, STR("\0\1a"));
	for (uint32_t i = 1; i <= 10000; i++)
		take(i, i, SYN, STR(""));
	take(0, 4, CONNECTIONS_ACK, STR("\0\1b"));
	ck_assert_uint_eq(messages, 2);
	for (uint32_t i = 1; i <= 10000; i++) {
		take(i, i, SYN, STR(""));
		take(i, i + 1, CONNECTIONS_ACK, STR("\0\0"));
	}
	ck_assert_uint_eq(messages, 10002);
	take(0, 7, CONNECTIONS_ACK, STR("\0\1c"));
	ck_assert_uint_eq(messages, 10002);
}
END_TEST

/* Memory allocated for a segment of one byte is more than its data. */
START_TEST(small_segments_are_limited)
{
	setup();
	for (uint32_t i = 0; i < 1000; i++) {
		take(i, i, SYN, STR(""));
		for (uint32_t n = 0; n < TCPSTREAM_PIECES; n++)
			take(i, i + 2 + n, CONNECTIONS_ACK, STR("x"));
		ck_assert_uint_le(table.lists[CONNECTIONS_BUFFERS].n * TCPSTREAM_PIECES * 32,
		    CONNECTIONS_MEMORY_MIN);
	}
	ck_assert_uint_gt(table.removed, 500);
}
END_TEST

START_TEST(buffered_bytes_are_limited)
{
	static char large[60000] = "\xff\xff";

	setup();
	for (uint32_t i = 0; i < 100; i++) {
		take(i, i, SYN, STR(""));
		take(i, i + 1, CONNECTIONS_ACK, (struct str){ large, sizeof(large) });
	}
	ck_assert_uint_gt(table.removed, 80);
	take(99, 60100, CONNECTIONS_ACK, (struct str){ large, 5537 });
	take(1, 60002, CONNECTIONS_ACK, (struct str){ large, 5537 });
	ck_assert_uint_eq(messages, 1);
	ck_assert_uint_eq(size, 65535);
}
END_TEST

UNIT_MAIN("connections", a_connection_from_syn_to_fin, data_in_the_syn,
    a_connection_whose_start_was_not_seen_is_ignored, a_new_syn_begins_a_new_connection,
    a_reset_ends_a_connection, connections_do_not_mix, a_gap_loses_the_connection,
    idle_connections_are_removed_at_the_limit,
    connections_without_a_message_are_removed_first, small_segments_are_limited,
    buffered_bytes_are_limited)
