/*
 * A TCP stream of messages arrives in segments that are lost, repeated, reordered and cut anywhere.
 * Each message received is a message of the stream, in order: no part of a message is taken for a
 * message. Without loss all messages are received.
 *
 * The first byte of the input is the number of messages, and each has a byte for its length. Each
 * segment is three bytes: the start, relative to the end of the segment before it; the length; and
 * the time.
 */
#include "packet/tcpstream.h"

#include "base/buf.h"
#include "fuzz.h"

#define MESSAGES 32
#define START UINT32_C(0xfffff000)

struct sent {
	struct buf bytes;
	size_t n, at[MESSAGES + 1];	/* the offset of each message */
	size_t next;			/* the first message that may be received */
	size_t received;
};

/* The bytes look like lengths of short messages; the first two number the message. */
static void
put_message(struct sent *sent, uint8_t size)
{
	size_t n = 4 + size * 3u;

	sent->at[sent->n] = sent->bytes.len;
	buf_u16(&sent->bytes, (uint16_t)n);
	buf_u16(&sent->bytes, (uint16_t)(0x100 + sent->n));
	for (size_t i = 2; i < n; i++)
		buf_byte(&sent->bytes, i % 2 == 0 ? 0 : 4 + size % 8);
	sent->at[++sent->n] = sent->bytes.len;
}

static void
receive(void *arg, struct str message)
{
	struct sent *sent = arg;

	for (; sent->next < sent->n; sent->next++) {
		size_t from = sent->at[sent->next] + 2, to = sent->at[sent->next + 1];

		if (str_eq(message, (struct str){ sent->bytes.data + from, to - from }))
			break;
	}
	FUZZ_ASSERT(sent->next < sent->n);
	sent->next++;
	sent->received++;
}

static bool
add(struct tcpstream *s, struct sent *sent, size_t from, size_t to, int64_t now)
{
	struct str data = { sent->bytes.data + from, to - from };

	if (!tcpstream_add(s, START + (uint32_t)from, data, now, receive, sent))
		return false;
	FUZZ_ASSERT(tcpstream_bytes(s) <= TCPSTREAM_BYTES_MAX);
	return true;
}

/* Sends the segments of the input. False if the stream is lost. */
static bool
send_some(struct tcpstream *s, struct sent *sent, const uint8_t *data, size_t size)
{
	size_t at = 0;
	int64_t now = 0;

	for (; size >= 3; data += 3, size -= 3) {
		size_t to;

		at += (size_t)(int8_t)data[0] * 4;
		at = at > sent->bytes.len ? 0 : at;
		to = at + data[1] * 4u;
		to = to < sent->bytes.len ? to : sent->bytes.len;
		now += data[2] * (SECOND / 50);
		if (!add(s, sent, at, to, now))
			return false;
		at = to;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpstream s = tcpstream_begin(START);
	struct sent sent = { .bytes = BUF(1 << 20) };
	size_t n = size > 0 ? data[0] % MESSAGES : 0;

	if (n == 0 || size < 1 + n)
		return 0;
	for (size_t i = 0; i < n; i++)
		put_message(&sent, data[1 + i]);
	send_some(&s, &sent, data + 1 + n, size - 1 - n);
	tcpstream_free(&s);
	s = tcpstream_begin(START);
	sent.next = sent.received = 0;
	for (size_t at = 0; at < sent.bytes.len; at += 1 + data[0] * 3u)
		add(&s, &sent, at, at + 1 + data[0] * 3u < sent.bytes.len ?
		    at + 1 + data[0] * 3u : sent.bytes.len, 0);
	FUZZ_ASSERT(sent.received == n && tcpstream_bytes(&s) == 0);
	tcpstream_free(&s);
	buf_free(&sent.bytes);
	return 0;
}
