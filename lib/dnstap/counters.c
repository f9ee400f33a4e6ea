#include "dnstap/counters.h"

#include "base/clock.h"
#include "io/stats.h"

static void
print_totals(FILE *to, const struct reader *r)
{
	const struct producers *p = &r->producers;
	const struct block *file = &r->files.block;
	const struct extract *e = &r->payloads.extract;
	const struct stats_counter c[] = {
		{ "connections", p->connections }, { "open", p->n },
		{ "frames", p->block.frames + file->frames },
		{ "bytes", p->block.bytes + file->bytes },
		{ "answers", e->answers }, { "dropped", e->dropped },
		{ "too_long", e->too_long }, { "over_limit", e->over_limit },
		{ "bad_stream", p->block.refused },
		{ "handshake_timeout", p->timeouts },
		{ "displaced", p->displaced },
		{ "bad_dnstap", stats_sum(r->payloads.faults, DNSTAP_REFUSED) },
		{ "bad_dns", stats_sum(e->bad_dns, DNS_FAULTS) },
	};

	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
}

static void
print_messages(FILE *to, const uint64_t messages[DNSTAP_TYPES])
{
	struct stats_counter c[DNSTAP_TYPES];

	for (unsigned i = 0; i < DNSTAP_TYPES; i++)
		c[i] = (struct stats_counter){ dnstap_type_name(i), messages[i] };
	stats_line(to, "messages", c, DNSTAP_TYPES);
}

static void
print_malformed(FILE *to, const struct producers *p, const struct payloads *d)
{
	struct stats_counter c[FRAME_FAULTS + DNSTAP_FAULTS + DNS_FAULTS], *next = c;

	for (unsigned i = 0; i < FRAME_FAULTS; i++)
		*next++ = (struct stats_counter){ frame_fault_name(i), p->block.faults[i] };
	for (unsigned i = 0; i < DNSTAP_FAULTS; i++)
		*next++ = (struct stats_counter){ dnstap_fault_name(i), d->faults[i] };
	for (unsigned i = 0; i < DNS_FAULTS; i++)
		*next++ = (struct stats_counter){ dns_fault_name(i), d->extract.bad_dns[i] };
	stats_line(to, "malformed", c, (size_t)(next - c));
}

static void
print_delay(FILE *to, const struct delay *d)
{
	struct stats_counter c[3 + DELAY_BUCKETS] = {
		{ "median_ms", delay_percentile(d, 50) }, { "p99_ms", delay_percentile(d, 99) },
		{ "sum_s", d->sum / SECOND },
	};

	for (size_t i = 0; i < DELAY_BUCKETS; i++)
		c[3 + i] = (struct stats_counter){ delay_bound(i), d->total[i] };
	stats_line(to, "delay", c, sizeof(c) / sizeof(c[0]));
}

void
counters_print(const struct reader *r, FILE *to)
{
	print_totals(to, r);
	print_messages(to, r->payloads.messages);
	print_malformed(to, &r->producers, &r->payloads);
	print_delay(to, &r->payloads.extract.delay);
}
