/*
 * The BGP decoders, with a stream of messages as input. A parsed OPEN is the same after it is
 * encoded and parsed again; the prefixes of an UPDATE are complete and within bounds; messages can
 * be printed.
 */
#include "bgp/message.h"

#include "bgp/bgptext.h"
#include "bgp/open.h"
#include "fuzz.h"

static void
check_open(struct str body)
{
	struct buf out = BUF(BGP_MAX);
	struct open open, again;
	struct bgp_error error = { 0 };
	struct message m;

	if (!open_parse(body, &open, &error)) {
		FUZZ_ASSERT(error.code == BGP_ERR_OPEN);
		return;
	}
	open.multiprotocol = open.families != 0;
	if (!open.as4)
		open.as &= UINT16_MAX;
	open_put(&out, &open);
	FUZZ_ASSERT(!out.overflow &&
	    message_frame(buf_view(&out), BGP_MAX, &m, &error) == (int)out.len);
	FUZZ_ASSERT(m.type == BGP_OPEN && open_parse(m.body, &again, &error));
	FUZZ_ASSERT(again.as == open.as && again.id == open.id && again.hold == open.hold);
	/* An OPEN with only unknown families cannot be encoded again. */
	FUZZ_ASSERT(open.families == 0 || (again.families == open.families &&
	    again.multiprotocol == open.multiprotocol));
	FUZZ_ASSERT(again.refresh == open.refresh && again.as4 == open.as4);
	FUZZ_ASSERT(again.extended == open.extended && again.next_hop6 == open.next_hop6);
	FUZZ_ASSERT(again.restart == open.restart);
	FUZZ_ASSERT(again.restarting == open.restarting && again.notification == open.notification);
	FUZZ_ASSERT(again.restart_time == open.restart_time && again.kept == open.kept);
	FUZZ_ASSERT(again.restart_families == open.restart_families);
	open_check(&open, 65000, &again, &error);
	buf_free(&out);
}

static void
check_update(struct str body)
{
	struct buf text = BUF(1024 * 1024);
	struct bgp_error error = { 0 };
	struct update_wire u;

	if (!update_wire_parse(body, &u, &error)) {
		FUZZ_ASSERT(error.code == BGP_ERR_UPDATE);
		return;
	}
	bgptext_update(&u, true, &text);
	bgptext_update(&u, false, &text);
	FUZZ_ASSERT(!text.overflow && str_is_printable(buf_view(&text)));
	buf_free(&text);
}

static void
check_notification(struct str body)
{
	struct open ours = { .as = 65000, .families = 3, .multiprotocol = true, .refresh = true,
	    .as4 = true, .extended = true, .restart = true };
	struct bgp_error error = message_parse_notification(body), again;
	struct buf out = BUF(BGP_MAX);
	char text[BGPTEXT_ERROR_STRLEN];
	struct message m;

	FUZZ_ASSERT(strlen(bgptext_error(&error, text)) > 0);
	FUZZ_ASSERT(message_words(&error).n <= BGP_WORDS_MAX);
	open_yield(&ours, &error);
	FUZZ_ASSERT(!open_yield(&ours, &error));
	message_put_notification(&out, &error);
	FUZZ_ASSERT(message_frame(buf_view(&out), BGP_MAX, &m, &again) == (int)out.len);
	again = message_parse_notification(m.body);
	FUZZ_ASSERT(memcmp(&again, &error, sizeof(error)) == 0);
	buf_free(&out);
}

static void
check_message(const struct message *m)
{
	enum bgp_family family;

	switch (m->type) {
	case BGP_OPEN:
		check_open(m->body);
		break;
	case BGP_UPDATE:
		check_update(m->body);
		break;
	case BGP_NOTIFICATION:
		check_notification(m->body);
		break;
	case BGP_KEEPALIVE:
		FUZZ_ASSERT(m->body.n == 0);
		break;
	case BGP_ROUTE_REFRESH:
		message_parse_refresh(m->body, &family);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct bgp_error error = { 0 };
	struct message m;
	int length;

	while ((length = message_frame(rest, BGP_EXTENDED_MAX, &m, &error)) > 0) {
		check_message(&m);
		rest.p += length;
		rest.n -= (size_t)length;
	}
	FUZZ_ASSERT(length == 0 || error.code == BGP_ERR_HEADER);
	return 0;
}
