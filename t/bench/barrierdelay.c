/*
 * Measures how long a barrier takes through the pipeline: `barrierdelay IN ACKS NUMBER new|same`.
 * IN is the FIFO of dnstap-match's stdin, and ACKS that of `bgp-announce --ack`. It writes NUMBER
 * barriers, one every 3 ms at most, each behind an answer line: with `new` a line that causes a new
 * route. It prints the microseconds from the write until the barrier returns (delays_print).
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "delays.h"

#define EVERY 333	/* per second */

static int
open_fifo(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(2, "%s", path);
	return fd;
}

static void
write_barrier(int fd, size_t i, bool new)
{
	struct in_addr address = { htonl(0xc6120000 + (new ? (uint32_t)i : 0)) };
	char time[TIME_STRLEN], line[256];
	int n;

	time_format(clock_wall(), time);
	n = snprintf(line, sizeof(line), "%s %s 60 n00000.listed.example\n# barrier b%zu\n", time,
	    inet_ntoa(address), i);
	if (write(fd, line, (size_t)n) != n)
		err(2, "write");
}

static void
await_barrier(int fd, size_t i)
{
	char wanted[64], got[64];
	ssize_t length = snprintf(wanted, sizeof(wanted), "# barrier b%zu\n", i);
	ssize_t n = read(fd, got, sizeof(got));

	if (n != length || memcmp(got, wanted, (size_t)n) != 0)
		errx(2, "another line: %.*s", (int)n, got);
}

int
main(int argc, char **argv)
{
	struct delays delays = { 0 };
	int in, acks;

	if (argc != 5)
		errx(2, "usage: barrierdelay IN ACKS NUMBER new|same");
	in = open_fifo(argv[1]);
	acks = open_fifo(argv[2]);
	delays_open(&delays, delays_argument(argv[3]), 1);
	delays.rate = EVERY;
	for (size_t i = 0; i < delays.n; i++) {
		delays_send(&delays, i, delays.sent[0] == 0 ? clock_mono() : delays.sent[0]);
		write_barrier(in, i, strcmp(argv[4], "new") == 0);
		await_barrier(acks, i);
		delays.took[i] = clock_mono() - delays.sent[i];
	}
	delays_print(&delays);
	return 0;
}
