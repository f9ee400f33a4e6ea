/*
 * Simulates producers and measures the delay of their answers: `dnstapload SOCKET CLIENTS RATE
 * SECONDS [flood]` connects CLIENTS clients to the socket of a reader, and waits up to ten seconds
 * for the socket to appear. Together the clients send RATE frames a second, evenly and in turn,
 * each with a different name. With `flood`, one more client always sends frames as fast as
 * possible. stdin is the output of the reader: `dnstap-read -u SOCKET | dnstapload SOCKET ...`.
 * When all lines except those of the flood have arrived, it prints the delays (delays_print) and
 * `flood=F`, the frames per second of the flood. The exit status is 2 when a line has not arrived
 * ten seconds after the last frame was due.
 */
#define _GNU_SOURCE	/* memmem */
#include <err.h>
#include <fstrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "delays.h"
#include "dnstap/dnstap.h"
#include "dnstap/frame.h"
#include "lab/payload.h"

#define FLOOD_MARK "flood-"
#define FLOOD_FRAMES 256	/* frames in one write */
#define PATIENCE (10 * SECOND)

static struct {
	const char *socket;
	size_t clients;
} load;

static struct delays delays;

/* Shared by the processes. */
static struct shared {
	uint64_t flooded;
	int64_t flood_start;
} *shared;

/* A payload, and the digits of the probe's number in the payload. */
struct probe {
	struct buf payload;
	char *digits;
};

/* One answer for a name that begins with the mark, as a resolver reports it. */
static struct probe
make_probe(const char mark[sizeof(PROBE_MARK)])
{
	static const char header[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0\x0f";
	static const char zeros[PROBE_DIGITS + 1] = "000000000";
	static const char rest[] =
	    "\5bench\7example\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1";
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
	probe.digits = memmem(probe.payload.data, probe.payload.len, zeros, PROBE_DIGITS);
	buf_free(&dns);
	buf_free(&message);
	return probe;
}

static struct fstrm_writer *
connect_one(void)
{
	struct fstrm_unix_writer_options *where = fstrm_unix_writer_options_init();
	struct fstrm_writer_options *what = fstrm_writer_options_init();
	int64_t end = clock_mono() + PATIENCE;
	struct fstrm_writer *w;

	fstrm_unix_writer_options_set_socket_path(where, load.socket);
	fstrm_writer_options_add_content_type(what, FRAME_CONTENT_TYPE,
	    sizeof(FRAME_CONTENT_TYPE) - 1);
	w = fstrm_unix_writer_init(where, what);
	while (fstrm_writer_open(w) != fstrm_res_success) {
		if (clock_mono() > end)
			errx(2, "%s: nobody takes the connection", load.socket);
		delays_sleep_until(clock_mono() + SECOND / 100);
	}
	fstrm_unix_writer_options_destroy(&where);
	fstrm_writer_options_destroy(&what);
	return w;
}

/* The connections are not closed before the process exits: a STOP would wait for the reader. */
static void
send_probes(void)
{
	struct fstrm_writer **clients = calloc(load.clients, sizeof(*clients));
	struct probe probe = make_probe(PROBE_MARK);
	int64_t start;

	for (size_t i = 0; i < load.clients; i++)
		clients[i] = connect_one();
	start = clock_mono();
	for (size_t i = 0; i < delays.n; i++) {
		delays_number(i, probe.digits);
		delays_send(&delays, i, start);
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

int
main(int argc, char **argv)
{
	int64_t seconds;

	if (argc != 5 && (argc != 6 || strcmp(argv[5], "flood") != 0))
		errx(2, "usage: dnstapload SOCKET CLIENTS RATE SECONDS [flood] <LINES");
	seconds = delays_argument(argv[4]);
	load.socket = argv[1];
	load.clients = (size_t)delays_argument(argv[2]);
	delays_open(&delays, delays_argument(argv[3]), seconds);
	shared = delays_share(sizeof(*shared));
	if (argc == 6)
		delays_start(flood);
	delays_start(send_probes);
	delays_read(&delays, clock_mono() + PATIENCE + seconds * SECOND + PATIENCE);
	delays_print(&delays);
	printf(" flood=%.0f\n",
	    (double)shared->flooded / ((double)(clock_mono() - shared->flood_start) / SECOND));
	return 0;
}
