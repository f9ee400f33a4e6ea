#include "packet/fragment.h"

#include "unit.h"

#include "packets.h"

#define LIMIT (1024 * 1024)
#define PAYLOAD 4000

static struct fragment_table table;
static char data[IP_PAYLOAD_MAX];
static struct ip_packet ip;

static void
setup(void)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)any_below(256);
	if (table.payloads != NULL)
		fragment_free(&table);
	fragment_open(&table, LIMIT);
}

/* Adds bytes from `from` to `to` of the data; `to` == end: the last fragment. */
static bool
add_at(int64_t now, uint32_t id, size_t from, size_t to, size_t end)
{
	ip = (struct ip_packet){ .from = packets_addr("192.0.2.53"),
	    .to = packets_addr("192.0.2.7"), .protocol = IP_UDP, .is_fragment = true,
	    .more = to < end, .id = id, .offset = from, .payload = { data + from, to - from } };
	return fragment_add(&table, &ip, now);
}

static bool
add(size_t from, size_t to)
{
	return add_at(0, 1, from, to, PAYLOAD);
}

static bool
payload_is_whole(size_t end)
{
	return str_eq(ip.payload, (struct str){ data, end }) && !ip.is_fragment;
}

START_TEST(fragments_in_order)
{
	setup();
	ck_assert(!add(0, 1480));
	ck_assert(!add(1480, 2960));
	ck_assert(add(2960, PAYLOAD));
	ck_assert(payload_is_whole(PAYLOAD));
	ck_assert_uint_eq(table.bytes, 0);
}
END_TEST

START_TEST(fragments_in_any_order)
{
	for (int round = 0; round < 1000; round++) {
		size_t order[25], n = 25;
		bool done = false;

		setup();
		for (size_t i = 0; i < n; i++)
			order[i] = i;
		for (size_t i = n; i > 1; i--) {
			size_t j = any_below((uint32_t)i), other = order[j];

			order[j] = order[i - 1];
			order[i - 1] = other;
		}
		for (size_t i = 0; i < n; i++) {
			ck_assert(!done);
			done = add(order[i] * 160, (order[i] + 1) * 160);
		}
		ck_assert(done && payload_is_whole(PAYLOAD));
	}
}
END_TEST

START_TEST(a_repeated_fragment_is_ignored)
{
	setup();
	ck_assert(!add(0, 1480));
	ck_assert(!add(0, 1480));
	ck_assert(!add(8, 80));
	ck_assert(!add(2960, PAYLOAD));
	ck_assert(!add(2960, PAYLOAD));
	ck_assert(add(1480, 2960));
	ck_assert(payload_is_whole(PAYLOAD));
	ck_assert_uint_eq(table.overlaps, 0);
}
END_TEST

START_TEST(an_overlap_refuses_the_whole_payload)
{
	setup();
	ck_assert(!add(0, 1480));
	ck_assert(!add(1472, 2960));
	ck_assert_uint_eq(table.overlaps, 1);
	ck_assert(!add(1480, 2960));
	ck_assert(!add(2960, PAYLOAD));
	ck_assert(!add(0, 1480));
	ck_assert_uint_eq(table.overlaps, 1);
	ck_assert_uint_eq(table.bytes, 0);
	setup();
	ck_assert(!add(0, 1480));
	data[100]++;		/* the same range with other data */
	ck_assert(!add(0, 1480));
	ck_assert_uint_eq(table.overlaps, 1);
	setup();
	ck_assert(!add(80, 160));
	ck_assert(!add(0, 240));	/* around another fragment */
	ck_assert_uint_eq(table.overlaps, 1);
}
END_TEST

START_TEST(contradictory_ends_refuse_the_payload)
{
	setup();
	ck_assert(!add_at(0, 1, 1480, 2960, 2960));
	ck_assert(!add_at(0, 1, 2960, 4000, 4000));
	ck_assert_uint_eq(table.overlaps, 1);
	setup();
	ck_assert(!add_at(0, 1, 2960, 4000, 8000));
	ck_assert(!add_at(0, 1, 1480, 2960, 2960));
	ck_assert_uint_eq(table.overlaps, 1);
}
END_TEST

START_TEST(invalid_sizes_refuse_the_payload)
{
	setup();
	ck_assert(!add(0, 1481));
	ck_assert_uint_eq(table.overlaps, 1);
	setup();
	ck_assert(!add(8, 8));
	ck_assert_uint_eq(table.overlaps, 1);
	setup();
	ip.offset = 65528;
	ip.payload = (struct str){ data, 8 };
	ip.more = false;
	ck_assert(!fragment_add(&table, &ip, 0));
	ck_assert_uint_eq(table.overlaps, 1);
}
END_TEST

START_TEST(the_largest_payload)
{
	setup();
	ck_assert(!add_at(0, 1, 0, 65000, IP_PAYLOAD_MAX));
	ck_assert(add_at(0, 1, 65000, IP_PAYLOAD_MAX, IP_PAYLOAD_MAX));
	ck_assert(payload_is_whole(IP_PAYLOAD_MAX));
}
END_TEST

START_TEST(fragments_of_other_packets_are_not_joined)
{
	static const char *const others[] = { "192.0.2.54", "192.0.2.8" };

	setup();
	ck_assert(!add(0, 2000));
	ck_assert(!add_at(0, 2, 2000, PAYLOAD, PAYLOAD));
	for (unsigned i = 0; i < 3; i++) {
		struct ip_packet other = { .from = packets_addr(i == 0 ? others[0] : "192.0.2.53"),
		    .to = packets_addr(i == 1 ? others[1] : "192.0.2.7"), .id = 1,
		    .protocol = i == 2 ? IP_TCP : IP_UDP, .is_fragment = true, .offset = 2000,
		    .payload = { data + 2000, 2000 } };

		ck_assert(!fragment_add(&table, &other, 0));
	}
	ck_assert(add(2000, PAYLOAD));
	ck_assert(payload_is_whole(PAYLOAD));
}
END_TEST

START_TEST(the_first_fragment_states_the_protocol_in_ipv6)
{
	setup();
	ip = (struct ip_packet){ .from = packets_addr("2001:db8::53"),
	    .to = packets_addr("2001:db8::7"), .protocol = 60, .is_fragment = true,
	    .offset = 800, .payload = { data + 800, 100 } };
	ck_assert(!fragment_add(&table, &ip, 0));
	ip.protocol = IP_UDP;
	ip.offset = 0;
	ip.more = true;
	ip.payload = (struct str){ data, 800 };
	ck_assert(fragment_add(&table, &ip, 0));
	ck_assert(payload_is_whole(900));
	ck_assert_uint_eq(ip.protocol, IP_UDP);
}
END_TEST

START_TEST(an_incomplete_payload_ends_after_its_life)
{
	setup();
	ck_assert(!add(0, 2000));
	ck_assert(!add_at(FRAGMENT_LIFE + 1, 1, 2000, PAYLOAD, PAYLOAD));
	ck_assert_uint_eq(table.discarded, 1);
	setup();
	ck_assert(!add_at(10 * FRAGMENT_LIFE, 1, 0, 2000, PAYLOAD));
	ck_assert(!add_at(0, 1, 2000, PAYLOAD, PAYLOAD));	/* the time was set back */
	ck_assert_uint_eq(table.discarded, 1);
}
END_TEST

START_TEST(the_oldest_payload_is_discarded_at_the_limits)
{
	setup();
	for (uint32_t i = 0; i < FRAGMENT_PAYLOADS + 10; i++)
		ck_assert(!add_at(i, i, 0, 80, 160));
	ck_assert_uint_eq(table.discarded, 10);
	ck_assert(!add_at(1000, 9, 80, 160, 160));
	ck_assert(add_at(1000, 20, 80, 160, 160));
	setup();
	for (uint32_t i = 0; i < 100000; i++) {
		add_at(i, any_below(300), any_below(8000) * 8, 65000, IP_PAYLOAD_MAX);
		ck_assert_uint_le(table.bytes, LIMIT);
	}
	ck_assert_uint_gt(table.discarded, 0);
}
END_TEST

UNIT_MAIN("fragment", fragments_in_order, fragments_in_any_order, a_repeated_fragment_is_ignored,
    an_overlap_refuses_the_whole_payload, contradictory_ends_refuse_the_payload,
    invalid_sizes_refuse_the_payload, the_largest_payload,
    fragments_of_other_packets_are_not_joined, the_first_fragment_states_the_protocol_in_ipv6,
    an_incomplete_payload_ends_after_its_life, the_oldest_payload_is_discarded_at_the_limits)
