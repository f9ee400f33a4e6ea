/*
 * libpcap reads a file with blocking calls, so the turns of the loop run inside: read_file waits
 * for data of the file, and make_room for the reader of the output. While they wait, both write
 * lines and counters and handle signals.
 */
#include "packet/pcap_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/counters.h"
#include "base/clock.h"
#include "base/log.h"

#define BATCH 1024		/* the most packets of a live capture in a turn */
#define LAST_BATCH 65536	/* the same after a signal: more than the kernel's ring holds */
#define REPORT (10 * SECOND)
#define WINDOW (SECOND / 100)	/* in which the load is measured */
#define WINDOW_PACKETS 50	/* more of them in a window are a load */
#define REST (SECOND / 2000)	/* between two turns under load */
#define DOWN_CHECK (SECOND / 5)	/* between two calls of capture_take while an interface is down */

/* --- Messages to lines --- */

static void
put_lines(struct pcap_reader *r, const struct packet_message *m, size_t room)
{
	struct extract_message message = { .dns = m->dns, .time = m->time,
	    .arrival = r->arrival,
	    .client = { (const char *)m->client.bytes, addr_size(m->client.family) } };

	extract_lines(&r->extract, &message, &r->output->lines.buf, room);
}

static void
check_over(struct pcap_reader *r, bool ended)
{
	r->over |= r->output->lines.broken || drain_is_over(&r->output->drain, ended, false);
}

/* Waits until the output has room, or for the end. */
static void
make_room(struct pcap_reader *r)
{
	struct output *o = r->output;

	while (pace_is_full(&o->lines) && !o->lines.broken && !drain_is_late(&o->drain)) {
		output_begin(o);
		output_wait(o, false);
		drain_extend(&o->drain);
	}
	check_over(r, false);
}

/* A message of a file. */
static void
take_waiting(void *arg, const struct packet_message *m)
{
	struct pcap_reader *r = arg;

	make_room(r);
	if (!r->over)
		put_lines(r, m, r->output->lines.buf.max);
}

/* --- Live captures --- */

/*
 * A message of a live capture. A batch of packets may have more lines than the buffer, so lines are
 * also written within the batch.
 */
static void
take_live(void *arg, const struct packet_message *m)
{
	struct pcap_reader *r = arg;
	struct linewriter *out = &r->output->lines;
	size_t used, buffer = r->output->buffer;

	if (buffer == 0) {
		take_waiting(r, m);
		return;
	}
	if (pace_is_full(out) && !out->blocked)
		linewriter_flush(out);
	used = linewriter_pending(out);
	put_lines(r, m, out->buf.len + output_room(buffer, used,
	    buffer > used ? buffer - used : 0));
}

static void
take_live_packet(void *arg, int link_type, struct str bytes, size_t original_length,
    int64_t time)
{
	struct pcap_reader *r = arg;

	packet_take(&r->packet, link_type, bytes, original_length, time, take_live, r);
}

static void
report_dropped(struct pcap_reader *r, bool last)
{
	uint64_t dropped;

	if (!last && clock_mono() < r->report_at)
		return;
	r->report_at = clock_mono() + REPORT;
	dropped = capture_dropped(&r->capture);
	if (dropped != r->dropped_before)
		log_warn("%s: %llu packets dropped by the kernel; this host is too busy",
		    r->capture.name, (unsigned long long)(dropped - r->dropped_before));
	r->dropped_before = dropped;
}

/* Waits for packets in one turn. True when some may have arrived. */
static bool
wait_live(struct pcap_reader *r)
{
	struct output *o = r->output;
	bool waits = o->buffer == 0 && pace_is_full(&o->lines);
	bool is_down = capture_is_down(&r->capture), rests = r->is_loaded && !waits;
	size_t place;

	output_begin(o);
	place = loop_add(&o->loop, waits || rests ? -1 : capture_fd(&r->capture), POLLIN);
	if (is_down)
		loop_wake(&o->loop, clock_mono() + DOWN_CHECK);
	if (rests)
		loop_wake(&o->loop, clock_mono() + REST);
	output_wait(o, false);
	return is_down || rests || loop_events(&o->loop, place) != 0;
}

/* A window that is much longer than WINDOW had a pause, and was no load. */
static void
measure_load(struct pcap_reader *r)
{
	int64_t now = clock_mono(), length = now - r->window_at;

	if (length < WINDOW)
		return;
	r->is_loaded = length < 2 * WINDOW &&
	    r->packet.packets - r->window_packets > WINDOW_PACKETS;
	r->window_at = now;
	r->window_packets = r->packet.packets;
}

static const char *
take_packets(struct pcap_reader *r, int limit)
{
	r->arrival = clock_wall();
	drain_extend(&r->output->drain);
	return capture_take(&r->capture, limit, take_live_packet, r);
}

int
pcap_reader_live(struct pcap_reader *r)
{
	const char *why = NULL;

	while (why == NULL && !r->output->lines.broken && !r->output->drain.stopping)
		if (wait_live(r)) {
			why = take_packets(r, BATCH);
			measure_load(r);
			report_dropped(r, false);
		}
	if (why == NULL && !r->output->lines.broken)
		why = take_packets(r, LAST_BATCH);
	report_dropped(r, true);
	if (why == NULL)
		return 0;
	log_error("%s: %s", r->capture.name, why);
	return 2;
}

/* --- Files --- */

static void
take_file_packet(void *arg, int link_type, struct str bytes, size_t original_length,
    int64_t time)
{
	struct pcap_reader *r = arg;

	packet_take(&r->packet, link_type, bytes, original_length, time, take_waiting, r);
}

/* Waits for data of the file. False when reading must end. */
static bool
wait_file(struct pcap_reader *r)
{
	struct output *o = r->output;
	size_t place;

	for (;;) {
		output_begin(o);
		check_over(r, r->is_regular);
		if (r->over)
			return false;
		place = loop_add(&o->loop, r->fd, POLLIN);
		output_wait(o, false);
		if (loop_events(&o->loop, place) != 0) {
			drain_extend(&o->drain);
			return true;
		}
	}
}

static ssize_t
read_file(void *arg, char *data, size_t n)
{
	struct pcap_reader *r = arg;
	ssize_t got;

	do {
		if (!wait_file(r))
			return 0;
		got = read(r->fd, data, n);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR));
	r->arrival = clock_wall();
	return got;
}

/* Reads the open file to its end. Returns NULL, or the reason of a failure. */
static const char *
read_packets(struct pcap_reader *r, const char *name)
{
	const char *why = capture_open_file(&r->capture, name, read_file, r);
	enum capture_result result = CAPTURE_PACKET;

	if (why != NULL)
		return why;
	while (result == CAPTURE_PACKET && !r->over)
		result = capture_next(&r->capture, take_file_packet, r);
	return result == CAPTURE_FAILED ? r->capture.error : NULL;
}

static int
open_file(const char *name)
{
	if (strcmp(name, "-") == 0)
		return dup(STDIN_FILENO);
	/* A FIFO without a writer must not block signals. */
	return open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* Reads one file. False after a failure, which is logged. */
static bool
take_file(struct pcap_reader *r, const char *name)
{
	const char *why, *shown = strcmp(name, "-") == 0 ? "stdin" : name;
	struct stat st;

	r->fd = open_file(name);
	if (r->fd < 0) {
		log_error("%s: %s", shown, strerror(errno));
		return false;
	}
	r->is_regular = fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode);
	why = read_packets(r, shown);
	if (r->over)	/* the file was not read to its end because of a signal */
		why = NULL;
	if (why != NULL)
		log_error("%s: %s", shown, why);
	capture_close(&r->capture);
	close(r->fd);
	return why == NULL;
}

int
pcap_reader_files(struct pcap_reader *r, char *const *names, int n)
{
	bool good = true;

	for (int i = 0; i < n && !r->over && !r->output->drain.stopping; i++)
		good &= take_file(r, names[i]);
	return good ? 0 : 2;
}

/* --- Counters --- */

static void
print_totals(const struct pcap_reader *r, FILE *to)
{
	const struct packet *p = &r->packet;
	const struct extract *e = &r->extract;
	const struct stats_counter c[] = {
		{ "packets", p->packets }, { "udp", p->udp }, { "tcp", p->tcp },
		{ "answers", e->answers }, { "dropped", e->dropped },
		{ "too_long", e->too_long }, { "over_limit", e->over_limit },
		{ "kernel_dropped", capture_dropped(&r->capture) },
		{ "other", p->other }, { "incoming", p->incoming }, { "untrusted", p->untrusted },
		{ "bad_packet", stats_sum(p->faults, PACKET_FAULTS) },
		{ "bad_dns", stats_sum(e->bad_dns, DNS_FAULTS) },
	};

	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
}

static void
print_reassembly(const struct packet *p, FILE *to)
{
	const struct stats_counter c[] = {
		{ "fragments", p->n_fragments }, { "fragment_overlap", p->fragments.overlaps },
		{ "fragment_lost", p->fragments.discarded },
		{ "tcp_opened", p->connections.opened }, { "tcp_unknown", p->connections.unknown },
		{ "tcp_damaged", p->connections.damaged }, { "tcp_lost", p->connections.lost },
		{ "tcp_removed", p->connections.removed },
		{ "memory", packet_memory(p) },
	};

	stats_line(to, "reassembly", c, sizeof(c) / sizeof(c[0]));
}

static void
print_malformed(const struct pcap_reader *r, FILE *to)
{
	struct stats_counter c[PACKET_FAULTS + DNS_FAULTS];

	for (unsigned i = 0; i < PACKET_FAULTS; i++)
		c[i] = (struct stats_counter){ packet_fault_name(i), r->packet.faults[i] };
	counters_faults(&r->extract, c + PACKET_FAULTS);
	stats_line(to, "malformed", c, sizeof(c) / sizeof(c[0]));
}

void
pcap_reader_print_counters(const struct pcap_reader *r, FILE *to)
{
	print_totals(r, to);
	print_reassembly(&r->packet, to);
	print_malformed(r, to);
	counters_print_delay(to, &r->extract.delay);
}

void
pcap_reader_free(struct pcap_reader *r)
{
	capture_close(&r->capture);
	packet_close(&r->packet);
	extract_free(&r->extract);
}
