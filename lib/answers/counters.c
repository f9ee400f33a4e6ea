#include "answers/counters.h"

#include "base/clock.h"

void
counters_faults(const struct extract *e, struct stats_counter counters[DNS_FAULTS])
{
	for (unsigned i = 0; i < DNS_FAULTS; i++)
		counters[i] = (struct stats_counter){ dns_fault_name(i), e->bad_dns[i] };
}

void
counters_print_delay(FILE *to, const struct delay *d)
{
	struct stats_counter c[3 + DELAY_BUCKETS] = {
		{ "median_ms", delay_percentile(d, 50) }, { "p99_ms", delay_percentile(d, 99) },
		{ "sum_s", d->sum / SECOND },
	};

	for (size_t i = 0; i < DELAY_BUCKETS; i++)
		c[3 + i] = (struct stats_counter){ delay_bound(i), d->total[i] };
	stats_line(to, "delay", c, sizeof(c) / sizeof(c[0]));
}
