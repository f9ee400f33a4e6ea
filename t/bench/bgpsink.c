/*
 * Simulates routers that only count prefixes, to measure a sender: `bgpsink [-a AS] [-c SESSIONS]
 * PORT N` accepts SESSIONS (default 1) sessions on a port of the loopback. It ends when each
 * session has received N prefixes, or when a session closes earlier. Its AS number is AS, or the
 * number of the peer. It prints one line:
 *	prefixes=N messages=M bytes=B first=SECONDS last=SECONDS
 * bytes: size of the UPDATEs that announce; first, last: time from the first connection to the
 * first and the last prefix.
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

/* Parallel arrays, with one more element for the next connection. */
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

	for (size_t at = 0; at < nlri.n; at += wire_nlri_size((uint8_t)nlri.p[at]))
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

/* Runs until each session has `wanted` prefixes, or returns false when a session closes earlier. */
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
