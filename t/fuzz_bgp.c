/*
 * The BGP decoders, upon a stream of messages: what an OPEN says is encoded and read back; the prefixes of an
 * UPDATE are whole and within bounds; each message is put into words.
 */
#include "bgp.h"

#include "bgptext.h"
#include "fuzz.h"

static void
check_open(struct str body)
{
	struct buf out = BUF(BGP_MAX);
	struct bgp_open open, again;
	struct bgp_error error = { 0 };
	struct bgp_message m;

	if (!bgp_open_parse(body, &open, &error)) {
		FUZZ_ASSERT(error.code == BGP_ERR_OPEN);
		return;
	}
	open.multiprotocol = open.families != 0;
	if (!open.as4)
		open.as &= UINT16_MAX;
	bgp_put_open(&out, &open);
	FUZZ_ASSERT(!out.overflow && bgp_frame(buf_view(&out), &m, &error) == (int)out.len);
	FUZZ_ASSERT(m.type == BGP_OPEN && bgp_open_parse(m.body, &again, &error));
	FUZZ_ASSERT(again.as == open.as && again.id == open.id && again.hold == open.hold);
	FUZZ_ASSERT(again.families == open.families && again.multiprotocol == open.multiprotocol);
	FUZZ_ASSERT(again.refresh == open.refresh && again.as4 == open.as4);
	bgp_open_check(&open, 65000, &again, &error);
	buf_free(&out);
}

static void
check_update(struct str body)
{
	struct buf text = BUF(1024 * 1024);
	struct bgp_error error = { 0 };
	struct bgp_update u;

	if (!bgp_update_parse(body, &u, &error)) {
		FUZZ_ASSERT(error.code == BGP_ERR_UPDATE);
		return;
	}
	bgptext_update(&u, true, &text);
	bgptext_update(&u, false, &text);
	FUZZ_ASSERT(!text.overflow && str_is_printable(buf_view(&text)));
	buf_free(&text);
}

static void
check_message(const struct bgp_message *m)
{
	char text[BGP_ERROR_STRLEN];
	struct bgp_error error;
	enum bgp_family family;

	switch (m->type) {
	case BGP_OPEN:
		check_open(m->body);
		break;
	case BGP_UPDATE:
		check_update(m->body);
		break;
	case BGP_NOTIFICATION:
		error = bgp_notification_parse(m->body);
		FUZZ_ASSERT(strlen(bgptext_error(&error, text)) > 0);
		break;
	case BGP_KEEPALIVE:
		FUZZ_ASSERT(m->body.n == 0);
		break;
	case BGP_ROUTE_REFRESH:
		bgp_refresh_parse(m->body, &family);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct bgp_error error = { 0 };
	struct bgp_message m;
	int length;

	while ((length = bgp_frame(rest, &m, &error)) > 0) {
		check_message(&m);
		rest.p += length;
		rest.n -= (size_t)length;
	}
	FUZZ_ASSERT(length == 0 || error.code == BGP_ERR_HEADER);
	return 0;
}
