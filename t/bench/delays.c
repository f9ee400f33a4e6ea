#define _GNU_SOURCE	/* memmem, memrchr */
#include "delays.h"

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define BLOCK (256 * 1024)

void *
delays_share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(2, "memory");
	return p;
}

void
delays_open(struct delays *d, int64_t rate, int64_t seconds)
{
	d->rate = rate;
	d->n = (size_t)(rate * seconds);
	d->sent = delays_share(d->n * sizeof(*d->sent));
	d->took = mem_zero(d->n, sizeof(*d->took));
	for (size_t i = 0; i < d->n; i++)
		d->took[i] = -1;
}

void
delays_sleep_until(int64_t when)
{
	struct timespec at = { when / SECOND, when % SECOND * 1000 };

	if (clock_mono() < when)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

void
delays_start(void (*what)(void))
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

void
delays_send(struct delays *d, size_t i, int64_t start)
{
	delays_sleep_until(start + (int64_t)i * SECOND / d->rate);
	d->sent[i] = clock_mono();
}

void
delays_number(size_t i, char digits[PROBE_DIGITS])
{
	char text[PROBE_DIGITS + 1];

	snprintf(text, sizeof(text), "%09u", (unsigned)i % 1000000000);
	memcpy(digits, text, PROBE_DIGITS);
}

/* Records the delay of each probe in the complete lines; returns the number of probes. */
static size_t
take_lines(struct delays *d, struct str lines, int64_t now)
{
	const char *end = lines.p + lines.n, *at = lines.p;
	size_t found = 0;

	while ((at = memmem(at, (size_t)(end - at), PROBE_MARK, sizeof(PROBE_MARK) - 1)) != NULL) {
		unsigned long n = strtoul(at + sizeof(PROBE_MARK) - 1, NULL, 10);

		if (n >= d->n || d->took[n] >= 0)
			errx(2, "a line that is none, or comes again: %.40s", at);
		d->took[n] = now - d->sent[n];
		at += sizeof(PROBE_MARK);
		found++;
	}
	return found;
}

void
delays_read(struct delays *d, int64_t end)
{
	static char data[BLOCK];
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t held = 0, found = 0;

	while (found < d->n) {
		int64_t now = clock_mono();
		const char *newline;
		ssize_t n;

		if (now > end || poll(&in, 1, (int)((end - now) / 1000) + 1) <= 0)
			errx(2, "%zu of %zu lines did not come", d->n - found, d->n);
		n = read(STDIN_FILENO, data + held, sizeof(data) - held);
		now = clock_mono();
		if (n <= 0)
			errx(2, "the reader ended");
		held += (size_t)n;
		newline = memrchr(data, '\n', held);
		if (newline == NULL)
			continue;
		n = newline + 1 - data;
		found += take_lines(d, (struct str){ data, (size_t)n }, now);
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

void
delays_print(struct delays *d)
{
	size_t last = d->n - 1;

	qsort(d->took, d->n, sizeof(*d->took), compare);
	printf("frames=%zu rate=%.0f p50=%lld p90=%lld p99=%lld max=%lld", d->n,
	    (double)last / ((double)(d->sent[last] - d->sent[0]) / SECOND),
	    (long long)d->took[last / 2], (long long)d->took[last * 9 / 10],
	    (long long)d->took[last * 99 / 100], (long long)d->took[last]);
}

int64_t
delays_argument(const char *text)
{
	int64_t n = strtoll(text, NULL, 10);

	if (n < 1 || n > 1000000)
		errx(2, "%s: not a number from 1 to 1000000", text);
	return n;
}
