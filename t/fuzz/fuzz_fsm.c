/*
 * A session with an arbitrary peer. The input is a script of events: time passes, the connection
 * opens or fails, bytes arrive, output is written or blocked, routes change. The output is always a
 * sequence of complete messages, the buffers stay within bounds, and the session makes no
 * impossible request to its owner.
 */
#include "bgp/session.h"

#include "base/clock.h"
#include "bgp/message.h"
#include "bgp/update_wire.h"
#include "fuzz.h"

static struct session session;
static struct ribout *rib;
static struct buf wire = BUF(256 * 1024);	/* all output of this connection */
static int64_t now;
static bool is_open;
/* A NOTIFICATION was sent, so no message may follow. */
static bool sent_notification;

/* Splits the output into messages, which must all be valid. */
static void
check_wire(void)
{
	struct bgp_error error;
	struct message m;
	struct update_wire u;
	int length;

	while ((length = message_frame(buf_view(&wire), BGP_MAX, &m, &error)) > 0) {
		FUZZ_ASSERT(!sent_notification);
		if (m.type == BGP_UPDATE)
			FUZZ_ASSERT(update_wire_parse(m.body, &u, &error) && !u.malformed);
		sent_notification = m.type == BGP_NOTIFICATION;
		buf_shift(&wire, (size_t)length);
	}
	FUZZ_ASSERT(length == 0);
}

static void
take_output(size_t most)
{
	struct str bytes = session_output(&session);
	size_t n = bytes.n < most ? bytes.n : most;

	if (!is_open || n == 0)
		return;
	buf_put(&wire, bytes.p, n);
	FUZZ_ASSERT(!wire.overflow);
	session_wrote(&session, n);
	check_wire();
}

/* Acts as the connection's owner after each event. */
static void
obey(void)
{
	FUZZ_ASSERT(!session.out.overflow);
	if (session.drop) {
		session.drop = false;
		take_output(SIZE_MAX);
		is_open = false;
	}
	if (session.connect) {
		session.connect = false;
		is_open = false;
		FUZZ_ASSERT(session.state == FSM_CONNECT);
	}
	FUZZ_ASSERT(session.state < FSM_OPEN_SENT || is_open);
	FUZZ_ASSERT(session.state != FSM_ACTIVE || session.retry_at != NEVER);
}

static void
receive(const uint8_t *data, size_t n)
{
	while (n > 0 && is_open) {
		size_t size;
		void *to = session_room(&session, &size);
		size_t piece = n < size ? n : size;

		FUZZ_ASSERT(size > 0);
		memcpy(to, data, piece);
		session_received(&session, piece, now);
		obey();
		data += piece;
		n -= piece;
	}
}

/* Passes a valid message to the session, so that the fuzzer need not guess the message marker. */
static void
receive_sound(uint8_t kind)
{
	struct open open = { .as = kind & 0x10 ? 65001 : 65000, .id = 7,
	    .hold = kind & 0x20 ? 9 : 0, .families = kind >> 6, .multiprotocol = kind >> 6 != 0,
	    .refresh = true, .as4 = kind & 8, .extended = kind & 1, .restart = kind & 2,
	    .notification = true };
	static const char refresh[] =
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x17\5\0\1\0\1";
	struct bgp_error error = { .code = kind & 0x40 ? BGP_ERR_OPEN : BGP_ERR_CEASE,
	    .subcode = kind & 0x80 ? BGP_OPEN_PARAMETER : BGP_CEASE_MAX_PREFIXES,
	    .hard = kind & 0x20 };
	struct buf bytes = BUF(BGP_MAX);

	switch (kind % 8) {
	case 0: case 1: case 2:
		open_put(&bytes, &open);
		break;
	case 3: case 4:
		message_put_keepalive(&bytes);
		break;
	case 5:
		message_put_notification(&bytes, &error);
		break;
	case 6:
		update_wire_put(&bytes, NULL, BGP_IPV4, STR(""));
		break;
	case 7:
		buf_put(&bytes, refresh, sizeof(refresh) - 1);
		break;
	}
	receive((uint8_t *)bytes.data, bytes.len);
	buf_free(&bytes);
}

static void
change_routes(uint8_t arg)
{
	struct prefix p = { .addr = { ADDR_V4, { 10, 0, arg & 15 } }, .len = 32 };

	if (arg & 0x80)
		p = (struct prefix){ .addr = { ADDR_V6, { 0x20, 1, arg & 15 } }, .len = 128 };
	for (int i = 0; i < (arg & 0x20 ? 256 : 1); i++) {
		p.addr.bytes[3] = (uint8_t)i;
		if (arg & 0x40)
			ribout_withdraw(rib, &p);
		else
			ribout_announce(rib, &p, 0);
	}
}

static void
happen(uint8_t op, uint8_t arg)
{
	switch (op % 12) {
	case 0:
		session_start(&session, now);
		break;
	case 1:
		if (session.state == FSM_CONNECT) {
			is_open = true;
			sent_notification = false;
			buf_cut(&wire, 0);
			session_connected(&session, now);
		}
		break;
	case 2:
		if (is_open || session.state == FSM_CONNECT) {
			is_open = false;
			session_lost(&session, "closed-by-peer", now);
		}
		break;
	case 3:
		now += arg * SECOND;
		break;
	case 4: case 5: case 6:
		receive_sound(arg);
		break;
	case 7:
		take_output(arg * 64u);
		break;
	case 8:
		change_routes(arg);
		break;
	case 9:
		ribout_complete(rib);
		break;
	case 10:
		if (session_deadline(&session) != NEVER && session_deadline(&session) > now)
			now = session_deadline(&session);
		break;
	case 11:
		if (arg == 0)
			session_stop(&session, BGP_CEASE_SHUTDOWN, STR("maintenance"), now);
		else if (arg == 1)
			session_leave(&session, now);
		break;
	}
	obey();
	session_turn(&session, now);
	obey();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct update_local us = {
		.open = { .as = 65000, .id = 9, .hold = 90, .families = 3, .multiprotocol = true,
		    .refresh = true, .as4 = true, .extended = true, .restart = true,
		    .notification = true, .restart_time = 120, .restart_families = 3, .kept = 3 },
		.next_hop = { { ADDR_V4, { 192, 0, 2, 9 } }, { ADDR_V6, { 0x20, 1, 0xd, 0xb8 } } },
	};

	const struct peer_config peer = { .as = size % 2 ? 65000 : 65001 };

	rib = ribout_new(1);
	session_open(&session, &us, &peer, rib, size);
	is_open = sent_notification = false;
	now = 0;
	for (size_t i = 0; i + 1 < size && i < 4096; i += 2) {
		if (data[i] == 0xff && i + 2 < size) {	/* a length, then raw bytes */
			size_t n = size - i - 2 < data[i + 1] ? size - i - 2 : data[i + 1];

			receive(data + i + 2, n);
			i += n;
			continue;
		}
		happen(data[i], data[i + 1]);
	}
	session_free(&session);
	ribout_free(rib);
	buf_free(&wire);
	wire = BUF(256 * 1024);
	return 0;
}
