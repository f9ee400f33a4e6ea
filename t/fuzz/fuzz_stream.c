/*
 * The whole way of a socket's bytes, as dnstap-read goes it: Frame Streams, dnstap, DNS, answer
 * lines. However the bytes are cut into reads, the same lines come out, and the counters agree;
 * each line is whole and well-formed, and all of them together keep to the room that they are
 * given.
 *
 * The first byte of the input says how it is to be read (see `enum`), and of how many bytes after
 * it the sizes of the reads are taken; the rest is what a producer sends.
 */
#include "dnstap/extract.h"
#include "dnstap/frame.h"

#include "fuzz_lines.h"
#include "io/stats.h"

enum {
	SIZES = 0x0f,		/* how many */
	ONLY_CLIENTS = 0x10,	/* look at CLIENT_RESPONSE only, as dnstap-read does unless told */
	LITTLE_ROOM = 0x20,	/* a reader of stdout that does not read */
	NOW = 0x40,
	CLOSE = 0x80,		/* end at STOP, as a connection does; a file goes on */
};

struct result {
	struct buf lines, replies;
	enum frame_event last;
	enum frame_fault fault;	/* after FRAME_BAD */
	bool cut;
	uint64_t frames;
	struct extract counters;
};

static void
reset(struct extract *r)
{
	memset(r->messages, 0, sizeof(r->messages));
	memset(r->bad_dnstap, 0, sizeof(r->bad_dnstap));
	memset(r->bad_dns, 0, sizeof(r->bad_dns));
	r->answers = r->too_long = r->over_limit = r->dropped = 0;
}

/* Handles what one read gave; false when the connection is over. */
static bool
take_piece(struct extract *r, struct frame_stream *s, struct str piece, uint8_t how,
    struct result *result)
{
	const size_t room = how & LITTLE_ROOM ? 300 : result->lines.max;
	struct frame f;

	for (;;) {
		result->last = frame_next(s, &piece, &f);
		buf_put(&result->replies, f.reply, f.reply_len);
		switch (result->last) {
		case FRAME_MORE:
			FUZZ_ASSERT(piece.n == 0);
			return true;
		case FRAME_DATA:
			result->frames++;
			extract_take(r, f.payload, 12345678, how & NOW, &result->lines, room);
			FUZZ_ASSERT(result->lines.len <= room);
			break;
		case FRAME_CONTROL:
			break;
		case FRAME_END:
			if (how & CLOSE)
				return false;
			break;
		case FRAME_BAD:
			result->fault = f.fault;
			return false;
		default:
			abort();
		}
	}
}

/*
 * Reads the stream in pieces of the sizes given, over and over: 0 is 256 bytes. Without sizes it is
 * one piece.
 */
static struct result
run(struct extract *r, struct str stream, const uint8_t *sizes, size_t n_sizes, uint8_t how)
{
	struct result result = { .lines = BUF(100 << 20), .replies = BUF(1 << 24) };
	struct frame_stream s = FRAME_STREAM;
	bool open = true;

	reset(r);
	for (size_t i = 0; open && stream.n > 0; i++) {
		size_t size = n_sizes == 0 ? stream.n : sizes[i % n_sizes];
		struct str piece = { stream.p, size == 0 ? 256 : size };

		if (piece.n > stream.n)
			piece.n = stream.n;
		stream.p += piece.n;
		stream.n -= piece.n;
		open = take_piece(r, &s, piece, how, &result);
	}
	result.cut = open && frame_is_cut(&s);
	result.counters = *r;
	frame_free(&s);
	return result;
}

/* What is so of every result. */
static void
check(const struct result *result)
{
	const struct extract *c = &result->counters;

	FUZZ_ASSERT(check_lines(&result->lines) == c->answers);
	FUZZ_ASSERT(stats_sum(c->messages, DNSTAP_TYPES) + stats_sum(c->bad_dnstap,
	    DNSTAP_REFUSED) == result->frames);
	FUZZ_ASSERT(stats_sum(c->bad_dns, DNS_FAULTS) +
	    c->bad_dnstap[DNSTAP_NO_RESPONSE] <= stats_sum(c->messages, DNSTAP_TYPES));
	FUZZ_ASSERT(result->last != FRAME_BAD || result->fault < FRAME_CUT);
}

static void
compare(const struct result *a, const struct result *b)
{
	FUZZ_ASSERT(str_eq(buf_view(&a->lines), buf_view(&b->lines)));
	FUZZ_ASSERT(str_eq(buf_view(&a->replies), buf_view(&b->replies)));
	FUZZ_ASSERT(a->last == b->last && a->fault == b->fault && a->cut == b->cut &&
	    a->frames == b->frames);
	FUZZ_ASSERT(memcmp(a->counters.messages, b->counters.messages,
	    sizeof(a->counters.messages)) == 0);
	FUZZ_ASSERT(memcmp(a->counters.bad_dnstap, b->counters.bad_dnstap,
	    sizeof(a->counters.bad_dnstap)) == 0);
	FUZZ_ASSERT(memcmp(a->counters.bad_dns, b->counters.bad_dns,
	    sizeof(a->counters.bad_dns)) == 0);
	FUZZ_ASSERT(a->counters.too_long == b->counters.too_long &&
	    a->counters.dropped == b->counters.dropped);
}

static void
free_result(struct result *result)
{
	buf_free(&result->lines);
	buf_free(&result->replies);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct extract r;
	struct result whole, pieces;
	struct str stream;
	size_t n_sizes;

	if (size == 0 || (size_t)(data[0] & SIZES) >= size)
		return 0;
	n_sizes = data[0] & SIZES;
	stream = (struct str){ (const char *)data + 1 + n_sizes, size - 1 - n_sizes };
	if (r.dns == NULL) {
		extract_open(&r, 1);
		r.server = true;
		FUZZ_ASSERT(nat64_add(&r.nat64, STR("2001:db8::/32")) == NULL);
	}
	r.types = data[0] & ONLY_CLIENTS ? 1u << DNSTAP_CLIENT_RESPONSE : ~0u;
	whole = run(&r, stream, NULL, 0, data[0]);
	pieces = run(&r, stream, data + 1, n_sizes, data[0]);
	check(&whole);
	compare(&whole, &pieces);
	free_result(&pieces);
	pieces = run(&r, stream, (const uint8_t *)"\1", 1, data[0]);
	compare(&whole, &pieces);
	free_result(&pieces);
	free_result(&whole);
	return 0;
}
