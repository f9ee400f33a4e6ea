/*
 * All steps from a socket's bytes to answer lines in dnstap-read: Frame Streams, dnstap, DNS. The
 * lines and counters do not depend on the sizes of the reads. Each line is complete and
 * well-formed, and all lines together do not exceed the room given to them.
 *
 * The first byte of the input selects how to read it (see `enum`), and how many of the following
 * bytes are sizes of reads; all bytes after them are the producer's data.
 */
#include "dnstap/frame.h"
#include "dnstap/payloads.h"

#include "fuzz_lines.h"
#include "io/stats.h"

enum {
	SIZES = 0x0f,		/* mask for the number of sizes */
	ONLY_CLIENTS = 0x10,	/* select CLIENT_RESPONSE only, the default of dnstap-read */
	LITTLE_ROOM = 0x20,	/* room for 300 bytes of lines, as if stdout is blocked */
	NOW = 0x40,
	CLOSE = 0x80,		/* end at STOP, as a connection but not a file does */
};

struct result {
	struct buf lines, replies;
	enum frame_event last;
	enum frame_fault fault;	/* set after FRAME_BAD */
	bool cut;
	uint64_t frames;
	struct payloads counters;
};

static void
reset(struct payloads *p)
{
	struct extract *e = &p->extract;

	memset(p->messages, 0, sizeof(p->messages));
	memset(p->faults, 0, sizeof(p->faults));
	memset(e->bad_dns, 0, sizeof(e->bad_dns));
	e->answers = e->too_long = e->over_limit = e->dropped = 0;
}

/* Processes one read. False if the connection must be closed. */
static bool
take_piece(struct payloads *p, struct frame_stream *s, struct str piece, uint8_t how,
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
			payloads_lines(p, f.payload, 12345678, &result->lines, room);
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

/* Reads the stream in pieces of these sizes in turn (0: 256 bytes); without sizes in one piece. */
static struct result
run(struct payloads *p, struct str stream, const uint8_t *sizes, size_t n_sizes, uint8_t how)
{
	struct result result = { .lines = BUF(100 << 20), .replies = BUF(1 << 24) };
	struct frame_stream s = FRAME_STREAM;
	bool open = true;

	reset(p);
	p->extract.now = (how & NOW) != 0;
	for (size_t i = 0; open && stream.n > 0; i++) {
		size_t size = n_sizes == 0 ? stream.n : sizes[i % n_sizes];
		struct str piece = { stream.p, size == 0 ? 256 : size };

		if (piece.n > stream.n)
			piece.n = stream.n;
		stream.p += piece.n;
		stream.n -= piece.n;
		open = take_piece(p, &s, piece, how, &result);
	}
	result.cut = open && frame_is_cut(&s);
	result.counters = *p;
	frame_free(&s);
	return result;
}

/* Checks the invariants of every result. */
static void
check(const struct result *result)
{
	const struct payloads *c = &result->counters;

	FUZZ_ASSERT(check_lines(&result->lines) == c->extract.answers);
	FUZZ_ASSERT(stats_sum(c->messages, DNSTAP_TYPES) + stats_sum(c->faults,
	    DNSTAP_REFUSED) == result->frames);
	FUZZ_ASSERT(stats_sum(c->extract.bad_dns, DNS_FAULTS) +
	    c->faults[DNSTAP_NO_RESPONSE] <= stats_sum(c->messages, DNSTAP_TYPES));
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
	FUZZ_ASSERT(memcmp(a->counters.faults, b->counters.faults,
	    sizeof(a->counters.faults)) == 0);
	FUZZ_ASSERT(memcmp(a->counters.extract.bad_dns, b->counters.extract.bad_dns,
	    sizeof(a->counters.extract.bad_dns)) == 0);
	FUZZ_ASSERT(a->counters.extract.too_long == b->counters.extract.too_long &&
	    a->counters.extract.dropped == b->counters.extract.dropped);
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
	static struct payloads p;
	struct result whole, pieces;
	struct str stream;
	size_t n_sizes;

	if (size == 0 || (size_t)(data[0] & SIZES) >= size)
		return 0;
	n_sizes = data[0] & SIZES;
	stream = (struct str){ (const char *)data + 1 + n_sizes, size - 1 - n_sizes };
	if (p.arena == NULL) {
		payloads_open(&p, 1);
		p.extract.server = true;
		FUZZ_ASSERT(nat64_add(&p.extract.nat64, STR("2001:db8::/32")) == NULL);
	}
	p.types = data[0] & ONLY_CLIENTS ? 1u << DNSTAP_CLIENT_RESPONSE : ~0u;
	whole = run(&p, stream, NULL, 0, data[0]);
	pieces = run(&p, stream, data + 1, n_sizes, data[0]);
	check(&whole);
	compare(&whole, &pieces);
	free_result(&pieces);
	pieces = run(&p, stream, (const uint8_t *)"\1", 1, data[0]);
	compare(&whole, &pieces);
	free_result(&pieces);
	free_result(&whole);
	return 0;
}
