/*
 * Routers that only count, to measure senders with: `bgpsink [-a AS] [-c SESSIONS] PORT N` takes so
 * many sessions (1) on a port of the loopback, and ends when N prefixes have been announced to each
 * (or one ends before). They are of the peer's AS, or of the one given. It prints one line:
 *	prefixes=N messages=M bytes=B first=SECONDS last=SECONDS
 * bytes: of UPDATEs that announce; the times count from the first connection to the first prefix
 * and the last one.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "receiver.h"

struct session {
	struct receiver receiver;
	uint64_t prefixes;
};

/* Parallel, and one place more for who is to come. */
static struct session **all;
static struct pollfd *polled;

static struct {
	uint64_t prefixes, messages, bytes;
	int64_t start, first;
} seen;

static uint64_t
count(struct str nlri)
{
	uint64_t n = 0;

	for (size_t at = 0; at < nlri.n; at += nlri_size((uint8_t)nlri.p[at]))
		n++;
	return n;
}

static void
take(void *owner, const struct update_wire *u, size_t length)
{
	uint64_t n = count(u->announced) + count(u->mp_announced);
	struct session *s = owner;

	if (n == 0)
		return;
	if (seen.prefixes == 0)
		seen.first = clock_mono();
	s->prefixes += n;
	seen.prefixes += n;
	seen.messages++;
	seen.bytes += length;
}

static struct session *
accept_one(int listener, uint32_t as)
{
	struct session *s = mem_zero(1, sizeof(*s));

	s->receiver.as = as;
	s->receiver.fd = accept(listener, NULL, NULL);
	if (s->receiver.fd < 0)
		err(1, "accept");
	return s;
}

/* Till all have so many, or one has ended; whether all have. */
static bool
serve(int listener, size_t sessions, uint64_t wanted, uint32_t as)
{
	size_t n = 0, satisfied = 0;

	all = mem_zero(sessions + 1, sizeof(*all));
	polled = mem_zero(sessions + 1, sizeof(*polled));
	while (satisfied < sessions) {
		polled[n] = (struct pollfd){ n < sessions ? listener : -1, POLLIN, 0 };
		if (poll(polled, n + 1, -1) < 0)
			err(1, "poll");
		for (size_t i = 0; i < n; i++) {
			bool had = all[i]->prefixes >= wanted;

			if (polled[i].revents != 0 &&
			    !receiver_read(&all[i]->receiver, take, all[i]))
				return false;
			satisfied += !had && all[i]->prefixes >= wanted;
		}
		if (polled[n].revents == 0)
			continue;
		seen.start = n == 0 ? clock_mono() : seen.start;
		all[n] = accept_one(listener, as);
		polled[n].fd = all[n]->receiver.fd;
		n++;
	}
	return true;
}

int
main(int argc, char **argv)
{
	size_t sessions = 1;
	uint32_t as = 0;
	bool done;
	int c;

	while ((c = getopt(argc, argv, "a:c:")) != -1) {
		as = c == 'a' ? (uint32_t)strtoul(optarg, NULL, 10) : as;
		sessions = c == 'c' ? strtoul(optarg, NULL, 10) : sessions;
	}
	if (argc - optind != 2 || sessions == 0)
		errx(2, "usage: bgpsink [-a AS] [-c SESSIONS] PORT N");
	done = serve(receiver_listen((uint16_t)atoi(argv[optind])), sessions,
	    strtoull(argv[optind + 1], NULL, 10), as);
	printf("prefixes=%llu messages=%llu bytes=%llu first=%.6f last=%.6f\n",
	    (unsigned long long)seen.prefixes, (unsigned long long)seen.messages,
	    (unsigned long long)seen.bytes, (double)(seen.first - seen.start) / SECOND,
	    (double)(clock_mono() - seen.start) / SECOND);
	return !done;
}
