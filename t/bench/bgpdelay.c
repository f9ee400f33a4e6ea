/*
 * Measures the delay from a route line to its UPDATE: `bgpdelay PORT PROBES LOAD FILE` writes route
 * lines to stdout for a speaker that connects to PORT on the loopback: `bgpdelay 1790 ... |
 * bgp-announce ... 127.0.0.1,port=1790`. First it writes PROBES announcements, each a millisecond
 * after the UPDATE of the previous announcement arrived; then LOAD other announcements as fast as
 * possible, with the withdrawals of the probes spread evenly among them. It writes a line to FILE:
 *	idle_p50=T idle_p99=T load_p50=T load_max=T
 * T: microseconds from the write of a line until its UPDATE was read. Without LOAD, load_p50 and
 * load_max are absent.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "receiver.h"

#define PAUSE (SECOND / 1000)

static struct {
	size_t probes, load;
} wanted;

static struct {
	/* For each probe: the time of its line, the delays without and with load; 0: unknown. */
	int64_t *sent, *idle, *loaded;
	size_t announced, withdrawn;	/* lines written */
	size_t idle_n, loaded_n;	/* UPDATEs received */
	size_t load_written, load_come;
	int64_t last;			/* time of the last UPDATE */
} seen;

static struct buf out = BUF(16 * 1024 * 1024);	/* lines waiting for the write */
static size_t written;
static struct receiver receiver;

/* Probes are in 198.18.0.0/16, a part of the prefix reserved for benchmarks (RFC 2544). */
static bool
is_probe(const uint8_t *nlri, size_t *probe)
{
	*probe = (size_t)nlri[3] << 8 | nlri[4];
	return nlri[0] == 32 && nlri[1] == 198 && nlri[2] == 18 && *probe < wanted.probes;
}

static void
put_line(const char *verb, unsigned first, unsigned second, size_t rest)
{
	char line[64];

	buf_put(&out, line, (size_t)snprintf(line, sizeof(line), "%s %u.%u.%zu.%zu/32\n", verb,
	    first, second, rest >> 8 & 0xff, rest & 0xff));
}

static void
come(const struct str *nlri, int64_t *delays, size_t *n, size_t *others)
{
	size_t probe;

	for (size_t at = 0; at < nlri->n; at += wire_nlri_size((uint8_t)nlri->p[at])) {
		if (!is_probe((const uint8_t *)nlri->p + at, &probe))
			++*others;
		else if (delays[probe] == 0)
			delays[probe] = clock_mono() - seen.sent[probe], ++*n;
	}
}

static void
take(void *owner, const struct update_wire *u, size_t length)
{
	size_t none = 0;

	(void)owner;
	(void)length;
	come(&u->announced, seen.idle, &seen.idle_n, &seen.load_come);
	come(&u->withdrawn, seen.loaded, &seen.loaded_n, &none);
	seen.last = clock_mono();
}

static bool
is_idle(void)
{
	return seen.idle_n < wanted.probes;
}

/*
 * Appends the next lines when all earlier lines are written: a probe, or a part of the load
 * followed by a probe.
 */
static void
prepare(int64_t now)
{
	size_t each = wanted.load / wanted.probes;

	if (is_idle()) {
		if (seen.announced > seen.idle_n || now < seen.last + PAUSE)
			return;
		put_line("announce", 198, 18, seen.announced++);
	} else if (seen.load_written < each * wanted.probes) {
		for (size_t i = 0; i < each; i++, seen.load_written++)
			put_line("announce", 10, seen.load_written >> 16 & 0xff, seen.load_written);
		put_line("withdraw", 198, 18, seen.withdrawn++);
	}
}

/* A probe is the last line of the buffer, so it is sent by the write that empties the buffer. */
static void
write_lines(void)
{
	size_t probe = is_idle() ? seen.announced - 1 : seen.withdrawn - 1;
	ssize_t n;

	seen.sent[probe] = clock_mono();
	n = write(STDOUT_FILENO, out.data + written, out.len - written);
	if (n < 0 && errno != EAGAIN)
		err(1, "stdout");
	written += n > 0 ? (size_t)n : 0;
	if (written == out.len) {
		buf_cut(&out, 0);
		written = 0;
	}
}

static bool
is_done(void)
{
	return !is_idle() &&
	    (wanted.load == 0 ||
	    (seen.loaded_n == wanted.probes && seen.load_come == seen.load_written));
}

static void
run(void)
{
	while (!is_done()) {
		struct pollfd polled[] = { { receiver.fd, POLLIN, 0 },
		    { STDOUT_FILENO, POLLOUT, 0 } };

		if (out.len == 0)
			prepare(clock_mono());
		if (out.len == 0)
			polled[1].fd = -1;
		if (poll(polled, 2, 1) < 0)
			err(1, "poll");
		if (polled[0].revents != 0 && !receiver_read(&receiver, take, NULL))
			errx(1, "the session ended");
		if (out.len > 0 && polled[1].revents != 0)
			write_lines();
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
percentile(int64_t *delays, size_t percent)
{
	qsort(delays, wanted.probes, sizeof(*delays), compare);
	return delays[(wanted.probes - 1) * percent / 100];
}

static void
report(const char *path)
{
	FILE *to = fopen(path, "w");

	if (to == NULL)
		err(1, "%s", path);
	fprintf(to, "idle_p50=%lld idle_p99=%lld", (long long)percentile(seen.idle, 50),
	    (long long)percentile(seen.idle, 99));
	if (wanted.load > 0)
		fprintf(to, " load_p50=%lld load_max=%lld", (long long)percentile(seen.loaded, 50),
		    (long long)percentile(seen.loaded, 100));
	fputc('\n', to);
	if (fclose(to) != 0)
		err(1, "%s", path);
}

int
main(int argc, char **argv)
{
	if (argc != 5 || (wanted.probes = strtoul(argv[2], NULL, 10)) == 0 || wanted.probes > 65536)
		errx(2, "usage: bgpdelay PORT PROBES LOAD FILE");
	wanted.load = strtoul(argv[3], NULL, 10);
	seen.sent = mem_zero(wanted.probes, sizeof(*seen.sent));
	seen.idle = mem_zero(wanted.probes, sizeof(*seen.idle));
	seen.loaded = mem_zero(wanted.probes, sizeof(*seen.loaded));
	signal(SIGPIPE, SIG_IGN);
	receiver.fd = accept(receiver_listen((uint16_t)atoi(argv[1])), NULL, NULL);
	if (receiver.fd < 0)
		err(1, "accept");
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	run();
	report(argv[4]);
	return 0;
}
