/*
 * Producers that tell how long their answers take on the way: `dnstapload SOCKET CLIENTS RATE SECONDS [flood]`
 * connects so many clients to the socket of a reader, which may come to be within ten seconds. They send RATE
 * frames a second in all, one client after the other and evenly, and each frame has a name of its own. `flood`: one
 * more client sends frames as fast as they are taken, all the while. stdin is the text that the reader makes of
 * them: `dnstap-read -u SOCKET | dnstapload SOCKET ...`. When the lines of all but the flood are there, it prints
 *	frames=N rate=R p50=T p90=T p99=T max=T flood=F
 * rate, flood: frames a second that were sent; T: microseconds from before the write of a frame till its whole
 * line was read. Exit 2, at once, when a line has not come ten seconds after the last should have been sent.
 */
#define _GNU_SOURCE	/* memmem, memrchr */
#include <err.h>
#include <fstrm.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "dnstap.h"
#include "frame.h"
#include "payload.h"

#define MARK "probe-"	/* before the number of a frame, in the name that it tells */
#define FLOOD_MARK "flood-"
#define DIGITS 9
#define FLOOD_FRAMES 256	/* in one write */
#define BLOCK (256 * 1024)
#define PATIENCE (10 * SECOND)

static struct {
	const char *socket;
	size_t clients, frames;
	int64_t rate;
} load;

/* What the processes have in common. */
static struct shared {
	uint64_t flooded;
	int64_t flood_start;
	int64_t sent[];		/* when each frame was */
} *shared;

/* A payload, and where in it the number stands. */
struct probe {
	struct buf payload;
	char *digits;
};

/* One answer to a question for a name that begins with the mark, as a resolver tells it. */
static struct probe
make_probe(const char mark[sizeof(MARK)])
{
	static const char header[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0\x0f";
	static const char zeros[DIGITS + 1] = "000000000";
	static const char rest[] = "\5bench\7example\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1";
	struct buf dns = BUF(512), message = BUF(512);
	struct probe probe = { .payload = BUF(1024) };

	buf_put(&dns, header, sizeof(header) - 1);
	buf_str(&dns, str_of(mark));
	buf_str(&dns, str_of(zeros));
	buf_put(&dns, rest, sizeof(rest) - 1);
	payload_number(&message, 1, DNSTAP_CLIENT_RESPONSE);
	payload_number(&message, 2, 1);
	payload_number(&message, 3, 1);
	payload_bytes(&message, 4, STR("\xc0\0\2\7"));
	payload_bytes(&message, 5, STR("\xc0\0\2\x35"));
	payload_number(&message, 12, (uint64_t)(clock_wall() / SECOND));
	payload_fixed32(&message, 13, 0);
	payload_bytes(&message, 14, buf_view(&dns));
	payload_wrap(&probe.payload, buf_view(&message));
	probe.digits = memmem(probe.payload.data, probe.payload.len, zeros, DIGITS);
	buf_free(&dns);
	buf_free(&message);
	return probe;
}

static void
sleep_until(int64_t when)
{
	struct timespec at = { when / SECOND, when % SECOND * 1000 };

	if (clock_mono() < when)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static struct fstrm_writer *
connect_one(void)
{
	struct fstrm_unix_writer_options *where = fstrm_unix_writer_options_init();
	struct fstrm_writer_options *what = fstrm_writer_options_init();
	int64_t end = clock_mono() + PATIENCE;
	struct fstrm_writer *w;

	fstrm_unix_writer_options_set_socket_path(where, load.socket);
	fstrm_writer_options_add_content_type(what, FRAME_CONTENT_TYPE, sizeof(FRAME_CONTENT_TYPE) - 1);
	w = fstrm_unix_writer_init(where, what);
	while (fstrm_writer_open(w) != fstrm_res_success) {
		if (clock_mono() > end)
			errx(2, "%s: nobody takes the connection", load.socket);
		sleep_until(clock_mono() + SECOND / 100);
	}
	fstrm_unix_writer_options_destroy(&where);
	fstrm_writer_options_destroy(&what);
	return w;
}

/* The connections end with the process: a STOP would wait for the reader, and so might that for us. */
static void
send_probes(void)
{
	struct fstrm_writer **clients = calloc(load.clients, sizeof(*clients));
	struct probe probe = make_probe(MARK);
	int64_t start;

	for (size_t i = 0; i < load.clients; i++)
		clients[i] = connect_one();
	start = clock_mono();
	for (size_t i = 0; i < load.frames; i++) {
		char digits[DIGITS + 1];

		snprintf(digits, sizeof(digits), "%09u", (unsigned)i % 1000000000);
		memcpy(probe.digits, digits, DIGITS);
		sleep_until(start + (int64_t)i * SECOND / load.rate);
		shared->sent[i] = clock_mono();
		if (fstrm_writer_write(clients[i % load.clients], probe.payload.data,
		    probe.payload.len) != fstrm_res_success)
			errx(2, "a frame was not taken");
	}
}

static void
flood(void)
{
	struct fstrm_writer *w = connect_one();
	struct probe probe = make_probe(FLOOD_MARK);
	struct iovec frames[FLOOD_FRAMES];

	for (size_t i = 0; i < FLOOD_FRAMES; i++)
		frames[i] = (struct iovec){ probe.payload.data, probe.payload.len };
	shared->flood_start = clock_mono();
	while (fstrm_writer_writev(w, frames, FLOOD_FRAMES) == fstrm_res_success)
		shared->flooded += FLOOD_FRAMES;
}

/* In a process of its own, which ends with ours at the latest. */
static void
start(void (*what)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	what();
	exit(0);
}

/* Notes the delay of each probe in whole lines; returns how many there are. */
static size_t
take_lines(struct str lines, int64_t now, int64_t *delays)
{
	const char *end = lines.p + lines.n, *at = lines.p;
	size_t found = 0;

	while ((at = memmem(at, (size_t)(end - at), MARK, sizeof(MARK) - 1)) != NULL) {
		unsigned long n = strtoul(at + sizeof(MARK) - 1, NULL, 10);

		if (n >= load.frames || delays[n] >= 0)
			errx(2, "a line that is none, or comes again: %.40s", at);
		delays[n] = now - shared->sent[n];
		at += sizeof(MARK);
		found++;
	}
	return found;
}

static void
read_lines(int64_t end, int64_t *delays)
{
	static char data[BLOCK];
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t held = 0, found = 0;

	while (found < load.frames) {
		int64_t now = clock_mono();
		const char *newline;
		ssize_t n;

		if (now > end || poll(&in, 1, (int)((end - now) / 1000) + 1) <= 0)
			errx(2, "%zu of %zu lines did not come", load.frames - found, load.frames);
		n = read(STDIN_FILENO, data + held, sizeof(data) - held);
		now = clock_mono();
		if (n <= 0)
			errx(2, "the reader ended");
		held += (size_t)n;
		newline = memrchr(data, '\n', held);
		if (newline == NULL)
			continue;
		n = newline + 1 - data;
		found += take_lines((struct str){ data, (size_t)n }, now, delays);
		held -= (size_t)n;
		memmove(data, data + n, held);
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
print(int64_t *delays)
{
	size_t last = load.frames - 1;
	double took = (double)(shared->sent[last] - shared->sent[0]) / SECOND;
	double flooded = (double)(clock_mono() - shared->flood_start) / SECOND;

	qsort(delays, load.frames, sizeof(*delays), compare);
	printf("frames=%zu rate=%.0f p50=%lld p90=%lld p99=%lld max=%lld flood=%.0f\n", load.frames,
	    (double)last / took, (long long)delays[last / 2], (long long)delays[last * 9 / 10],
	    (long long)delays[last * 99 / 100], (long long)delays[last],
	    (double)shared->flooded / flooded);
}

static int64_t
number(const char *text)
{
	int64_t n = strtoll(text, NULL, 10);

	if (n < 1 || n > 1000000)
		errx(2, "%s: not a number from 1 to 1000000", text);
	return n;
}

int
main(int argc, char **argv)
{
	int64_t *delays, seconds;

	if (argc != 5 && (argc != 6 || strcmp(argv[5], "flood") != 0))
		errx(2, "usage: dnstapload SOCKET CLIENTS RATE SECONDS [flood] <LINES");
	seconds = number(argv[4]);
	load.socket = argv[1];
	load.clients = (size_t)number(argv[2]);
	load.rate = number(argv[3]);
	load.frames = (size_t)(load.rate * seconds);
	shared = mmap(NULL, sizeof(*shared) + load.frames * sizeof(shared->sent[0]), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	delays = malloc(load.frames * sizeof(*delays));
	if (shared == MAP_FAILED || delays == NULL)
		err(2, "memory");
	for (size_t i = 0; i < load.frames; i++)
		delays[i] = -1;
	if (argc == 6)
		start(flood);
	start(send_probes);
	read_lines(clock_mono() + PATIENCE + seconds * SECOND + PATIENCE, delays);
	print(delays);
	return 0;
}
