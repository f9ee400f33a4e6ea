#include "dnstap/dnstap.h"

#include "lab/payload.h"
#include "unit.h"

static struct buf inner = BUF(1 << 20), outer = BUF(1 << 20);

static bool
decode(struct dnstap *d)
{
	static struct dnstap_arena *arena;

	if (arena == NULL)
		arena = dnstap_arena_new();
	payload_wrap(&outer, buf_view(&inner));
	buf_cut(&inner, 0);
	return dnstap_decode(arena, buf_view(&outer), d);
}

START_TEST(fields_are_decoded)
{
	struct dnstap d;

	payload_number(&inner, 1, DNSTAP_CLIENT_RESPONSE);
	payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
	payload_number(&inner, 12, 1795392065);
	payload_fixed32(&inner, 13, 718461999);
	payload_bytes(&inner, 14, STR("response"));
	ck_assert(decode(&d));
	ck_assert_uint_eq(d.type, DNSTAP_CLIENT_RESPONSE);
	ck_assert_int_eq(d.response_time, 1795392065718461);
	ck_assert(str_eq(d.query_address, STR("\xc0\0\2\7")));
	ck_assert(str_eq(d.response, STR("response")));
	ck_assert(str_eq(d.identity, STR("identity")));
}
END_TEST

START_TEST(missing_fields_are_absent)
{
	struct dnstap d;

	payload_number(&inner, 1, 5);
	ck_assert(decode(&d));
	ck_assert_uint_eq(d.type, 5);
	ck_assert_int_eq(d.response_time, -1);
	ck_assert_ptr_null(d.query_address.p);
	ck_assert_ptr_null(d.response.p);
}
END_TEST

static int64_t
time_of(uint64_t sec, bool has_nsec, uint32_t nsec)
{
	struct dnstap d;

	payload_number(&inner, 1, 6);
	payload_number(&inner, 12, sec);
	if (has_nsec)
		payload_fixed32(&inner, 13, nsec);
	ck_assert(decode(&d));
	return d.response_time;
}

START_TEST(times_out_of_range_are_unknown)
{
	ck_assert_int_eq(time_of(7, false, 0), 7000000);
	ck_assert_int_eq(time_of(7, true, 999999999), 7999999);
	ck_assert_int_eq(time_of(7, true, 1000000000), -1);
	ck_assert_int_eq(time_of(7, true, UINT32_MAX), -1);
	ck_assert_int_eq(time_of(99999999999, true, 0), 99999999999000000);
	ck_assert_int_eq(time_of(100000000000, true, 0), -1);
	ck_assert_int_eq(time_of(UINT64_MAX, true, 0), -1);
}
END_TEST

START_TEST(addresses_of_invalid_size_are_absent)
{
	for (size_t n = 0; n < 20; n++) {
		struct dnstap d;

		payload_number(&inner, 1, 6);
		payload_bytes(&inner, 4, (struct str){ "0123456789abcdefghij", n });
		ck_assert(decode(&d));
		ck_assert_int_eq(d.query_address.p != NULL, n == 4 || n == 16);
	}
}
END_TEST

START_TEST(unknown_fields_and_types_are_ignored)
{
	struct dnstap d;

	payload_number(&inner, 1, 99);
	payload_bytes(&inner, 15, STR("a policy"));
	payload_number(&inner, 200, 7);
	ck_assert(decode(&d));
	ck_assert_uint_eq(d.type, DNSTAP_OTHER);
	payload_number(&inner, 1, UINT64_MAX);
	ck_assert(decode(&d));
	ck_assert_uint_eq(d.type, DNSTAP_OTHER);
	ck_assert_str_eq(dnstap_type_name(6), "client_response");
	ck_assert_str_eq(dnstap_type_name(14), "update_response");
	ck_assert_str_eq(dnstap_type_name(99), "other");
}
END_TEST

START_TEST(other_data_is_refused)
{
	struct dnstap_arena *arena = dnstap_arena_new();
	struct dnstap d;
	size_t whole;

	ck_assert(!decode(&d));			/* a message without a type */
	ck_assert_int_eq(d.fault, DNSTAP_NOT_PROTOBUF);
	ck_assert(!dnstap_decode(arena, STR(""), &d));
	ck_assert_int_eq(d.fault, DNSTAP_NOT_PROTOBUF);
	ck_assert(!dnstap_decode(arena, STR("GET / HTTP/1.1"), &d));
	ck_assert_int_eq(d.fault, DNSTAP_NOT_PROTOBUF);
	ck_assert(!dnstap_decode(arena, STR("\x72\2\x08\6"), &d));	/* no payload type */
	ck_assert_int_eq(d.fault, DNSTAP_NOT_PROTOBUF);
	ck_assert(!dnstap_decode(arena, STR("\x78\1"), &d));	/* a type without a message */
	ck_assert_int_eq(d.fault, DNSTAP_NO_MESSAGE);
	/* A type of payload other than MESSAGE. */
	ck_assert(!dnstap_decode(arena, STR("\x78\2\x72\2\x08\6"), &d));
	ck_assert_int_eq(d.fault, DNSTAP_NOT_MESSAGE);
	payload_number(&inner, 1, 6);
	payload_bytes(&inner, 14, STR("response"));
	ck_assert(decode(&d));
	whole = outer.len;
	for (outer.len = 0; outer.len < whole; outer.len++)
		ck_assert(!dnstap_decode(arena, buf_view(&outer), &d));
	dnstap_arena_free(arena);
}
END_TEST

/* A varint may have as many redundant bytes as protobuf-c accepts. */
START_TEST(long_varints_are_accepted_as_by_protobuf_c)
{
	static const struct {
		struct str payload;
		bool good;
	} cases[] = {
		/* A tag of five bytes. */
		{ STR("\xf8\x80\x80\x80\0\1\x72\2\x08\6"), true },
		{ STR("\xf8\x80\x80\x80\x80\0\1\x72\2\x08\6"), false },	/* a tag of six bytes */
		/* A length of five bytes. */
		{ STR("\x78\1\x72\x82\x80\x80\x80\0\x08\6"), true },
		{ STR("\x78\1\x72\x82\x80\x80\x80\x80\0\x08\6"), false },
		/* A value of ten bytes. */
		{ STR("\x78\x81\x80\x80\x80\x80\x80\x80\x80\x80\0\x72\2\x08\6"), true },
		{ STR("\x78\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\0\x72\2\x08\6"), false },
	};
	struct dnstap_arena *arena = dnstap_arena_new();
	struct dnstap d;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(dnstap_decode(arena, cases[i].payload, &d) == cases[i].good,
		    "case %zu", i);
	dnstap_arena_free(arena);
}
END_TEST

START_TEST(faults_have_names)
{
	for (unsigned i = 0; i < DNSTAP_FAULTS; i++)
		for (unsigned j = 0; j <= i; j++)
			ck_assert_int_eq(strcmp(dnstap_fault_name(i), dnstap_fault_name(j)) == 0,
			    i == j);
}
END_TEST

/* Any value of the socket protocol and family is accepted, known or not. */
START_TEST(the_transport_does_not_matter)
{
	static const uint64_t others[] = { 0, 8, 255, 256, INT32_MAX, UINT32_MAX, UINT64_MAX };

	for (uint64_t protocol = 1; protocol < 8 + sizeof(others) / sizeof(others[0]); protocol++)
		for (uint64_t family = 0; family < 4; family++) {
			struct dnstap d;

			payload_number(&inner, 1, DNSTAP_CLIENT_RESPONSE);
			payload_number(&inner, 2, family);
			payload_number(&inner, 3, protocol < 8 ? protocol : others[protocol - 8]);
			payload_bytes(&inner, 4, STR("\xc0\0\2\7"));
			payload_number(&inner, 12, 9);
			payload_bytes(&inner, 14, STR("response"));
			ck_assert(decode(&d));
			ck_assert_uint_eq(d.type, DNSTAP_CLIENT_RESPONSE);
			ck_assert_int_eq(d.response_time, 9000000);
			ck_assert(str_eq(d.query_address, STR("\xc0\0\2\7")));
			ck_assert(str_eq(d.response, STR("response")));
		}
}
END_TEST

START_TEST(an_identity_may_be_missing_or_empty)
{
	struct dnstap_arena *arena = dnstap_arena_new();
	struct dnstap d;

	ck_assert(dnstap_decode(arena, STR("\x72\2\x08\6\x78\1"), &d));
	ck_assert_ptr_null(d.identity.p);
	ck_assert(dnstap_decode(arena, STR("\x0a\0\x72\2\x08\6\x78\1"), &d));
	ck_assert_uint_eq(d.identity.n, 0);
	dnstap_arena_free(arena);
}
END_TEST

/* A payload that repeats a field many times exhausts the arena and is refused. */
START_TEST(memory_is_bounded)
{
	struct dnstap_arena *arena = dnstap_arena_new();
	struct dnstap d;

	buf_cut(&outer, 0);
	payload_number(&outer, 15, 1);
	while (outer.len < 256 * 1024)
		buf_str(&outer, STR("\x72\2\x08\6"));
	ck_assert(!dnstap_decode(arena, buf_view(&outer), &d));
	payload_number(&inner, 1, 6);
	ck_assert(decode(&d));
	dnstap_arena_free(arena);
}
END_TEST

START_TEST(types_are_parsed_by_name)
{
	const unsigned client = 1u << DNSTAP_CLIENT_RESPONSE, resolver = 1u << 4;
	const unsigned all = 1u << 2 | 1u << 4 | 1u << 6 | 1u << 8 | 1u << 10 | 1u << 12;
	static const struct {
		const char *list, *bad;
	} wrong[] = {
		{ "", "" }, { "CLIENT_RESPONSE,", "" }, { ",all", "" }, { "all,x", "x" },
		{ "CLIENT_QUERY", "CLIENT_QUERY" }, { "UPDATE_RESPONSE", "UPDATE_RESPONSE" },
		{ "other", "other" }, { "al", "al" }, { "alle,all", "alle" },
		{ "CLIENT_RESPONS", "CLIENT_RESPONS" }, { " all", " all" }, { "6", "6" },
	};
	struct str bad;
	unsigned types = 0;

	ck_assert(dnstap_types_parse(STR("CLIENT_RESPONSE"), &types, &bad));
	ck_assert_uint_eq(types, client);
	ck_assert(dnstap_types_parse(STR("resolver_response,Resolver_Response"), &types, &bad));
	ck_assert_uint_eq(types, client | resolver);
	types = 0;
	ck_assert(dnstap_types_parse(STR("ALL"), &types, &bad));
	ck_assert_uint_eq(types, all);
	types = 0;
	ck_assert(dnstap_types_parse(STR(
	    "auth_response,forwarder_response,stub_response,tool_response"), &types, &bad));
	ck_assert_uint_eq(types, all & ~(client | resolver));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert(!dnstap_types_parse(str_of(wrong[i].list), &types, &bad));
		ck_assert(str_eq(bad, str_of(wrong[i].bad)));
	}
}
END_TEST

START_TEST(names_of_types_fit_their_buffer)
{
	char text[DNSTAP_TYPE_STRLEN];

	for (unsigned type = 0; type <= DNSTAP_TYPES; type++)
		ck_assert_uint_eq(dnstap_type_format(type, text), strlen(dnstap_type_name(type)));
	dnstap_type_format(8, text);
	ck_assert_str_eq(text, "FORWARDER_RESPONSE");
}
END_TEST

UNIT_MAIN("dnstap", fields_are_decoded, missing_fields_are_absent, times_out_of_range_are_unknown,
    addresses_of_invalid_size_are_absent, unknown_fields_and_types_are_ignored,
    other_data_is_refused, long_varints_are_accepted_as_by_protobuf_c, memory_is_bounded,
    types_are_parsed_by_name, names_of_types_fit_their_buffer, faults_have_names,
    the_transport_does_not_matter, an_identity_may_be_missing_or_empty)
