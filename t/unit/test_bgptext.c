#include "bgp/bgptext.h"

#include "bgp/message.h"
#include "unit.h"

static struct buf out = BUF(64 * 1024);

static struct message
only_message(void)
{
	struct bgp_error error;
	struct message m;

	ck_assert(!out.overflow);
	ck_assert_int_eq(message_frame(buf_view(&out), BGP_MAX, &m, &error), (int)out.len);
	return m;
}

/* All codes and subcodes in IANA's registries have names, except for deprecated subcodes. */
START_TEST(error_codes_have_the_names_of_the_registry)
{
	static const uint8_t subcodes[] = { 0, 3, 11, 11, 0, 3, 10, 1, 0, 0 };
	static const struct {
		uint8_t code, subcode;
		const char *name;
	} cases[] = {
		{ 6, 2, "cease/administrative-shutdown" }, { 4, 0, "hold-timer-expired" },
		{ 2, 2, "open-message-error/bad-peer-as" }, { 6, 99, "cease/99" },
		{ 2, 11, "open-message-error/role-mismatch" }, { 2, 9, "open-message-error/9" },
		{ 7, 1, "route-refresh-message-error/invalid-message-length" },
		{ 8, 0, "send-hold-timer-expired" }, { 9, 0, "loss-of-lsdb-synchronization" },
		{ 6, 10, "cease/bfd-down" }, { 10, 1, "10/1" }, { 0, 0, "0/0" },
		{ 5, 3, "finite-state-machine-error/unexpected-message-in-established" },
	};
	char text[BGPTEXT_ERROR_STRLEN];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { .code = cases[i].code, .subcode = cases[i].subcode };

		buf_cut(&out, 0);
		message_put_notification(&out, &error);
		error = message_parse_notification(only_message().body);
		ck_assert_str_eq(bgptext_error(&error, text), cases[i].name);
	}
	for (uint8_t code = 1; code < sizeof(subcodes); code++)
		for (uint8_t subcode = 0; subcode <= subcodes[code]; subcode++) {
			struct bgp_error error = { .code = code, .subcode = subcode };
			bool deprecated = code == BGP_ERR_OPEN && subcode >= 8 && subcode <= 10;
			const char *last = strrchr(bgptext_error(&error, text), '/');

			ck_assert_msg(deprecated == (last != NULL && last[1] <= '9'), "%s", text);
		}
}
END_TEST

START_TEST(capabilities_have_the_names_of_the_registry)
{
	static const struct {
		struct str data;
		const char *names;
	} cases[] = {
		{ { "\x09\1\3", 3 }, "role" },
		{ { "\1\4\0\1\0\1\1\4\0\2\0\1\1\4\0\x19\0\x46", 18 },
		    "multiprotocol/ipv4-unicast,multiprotocol/ipv6-unicast,multiprotocol/25/70" },
		{ { "\x45\4\0\1\1\3\x63\0", 8 }, "add-path,capability/99" },
		{ { "\x45\4\0", 3 }, "" }, { { "\1\0\x41", 3 }, "multiprotocol" },
		{ { "", 0 }, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bgp_error error = { .code = BGP_ERR_OPEN, .subcode = BGP_OPEN_CAPABILITY };

		error.n = (uint16_t)cases[i].data.n;
		memcpy(error.data, cases[i].data.p, error.n);
		buf_cut(&out, 0);
		bgptext_capabilities(&error, &out);
		buf_byte(&out, '\0');
		ck_assert_str_eq(out.data, cases[i].names);
	}
}
END_TEST

UNIT_MAIN("bgptext", error_codes_have_the_names_of_the_registry,
    capabilities_have_the_names_of_the_registry)
