/*
 * dnstap-read: Frame Streams in, answer lines out. See dnstap-read(1).
 *
 * A turn of the loop gives each producer, and the file, that has something to say one read, and
 * makes lines of what it says. Producers share one block to read into and files have another; what
 * of a frame is still to come waits in the source's own memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dnstap/payloads.h"
#include "dnstap/producers.h"
#include "dnstap/source.h"
#include "io/linewriter.h"
#include "io/loop.h"
#include "io/sandbox.h"
#include "io/stats.h"

#define MIB ((size_t)1024 * 1024)
/* With so much waiting to be written, no more is read where reading can wait. */
#define HIGH_WATER (256 * 1024)
#define BUFFER_PART 32	/* of a buffer that is half full a message may take one part in so many */

#define OUTPUT_DELAY (SECOND / 500)	/* the longest that a line waits for company */
#define QUIET (1 * SECOND)
#define PATIENCE (5 * SECOND)
#define DROP_NOTICE (10 * SECOND)

struct options {
	/* Bytes held for a stuck stdout before lines are dropped; 0: push back. */
	size_t buffer;
	bool now;		/* TIME is the time of reading */
	bool server, no_client;	/* have the one key, leave out the other */
	bool check_only;
	struct nat64 nat64;
	unsigned types;		/* of message to look at, 1 << type; 0: the usual */
	mode_t mode;
	const char *group;
	const char *tap;
	struct place {
		const char *where;	/* a path, or ADDR:PORT */
		bool tcp;
	} *sockets;
	size_t n_sockets, cap_sockets;
	int n_inherited;	/* sockets that we were started with */
	char **files;
	int n_files;
};

static struct options options = { .buffer = 64 * MIB, .mode = 0660 };

static struct loop loop;
static struct linewriter out;
static size_t stdout_place;
static struct payloads payloads;

static struct producers producers;
static struct source file = { .fd = -1 };
static size_t file_place;	/* in the poll set; NOWHERE when it is not asked */
static int next_file;
static struct block file_block;

#define NOWHERE SIZE_MAX

/* When the oldest line that waits was made, monotonic; NEVER: none waits. */
static int64_t output_since;
static bool stopping;
static int64_t quiet_at, stop_at;	/* then: when to end, monotonic */
static int64_t notice_at;	/* when dropped lines may be spoken of again */
static uint64_t dropped_said;
static bool failed;		/* a file could not be read to its end */
static struct stats stats;
static struct mirror tap;

static uint64_t
bytes_read(void)
{
	return producers.block.bytes + file_block.bytes;
}

static void
print_malformed(FILE *to)
{
	struct stats_counter c[FRAME_FAULTS + DNSTAP_FAULTS + DNS_FAULTS], *next = c;

	for (unsigned i = 0; i < FRAME_FAULTS; i++)
		*next++ = (struct stats_counter){ frame_fault_name(i), producers.block.faults[i] };
	for (unsigned i = 0; i < DNSTAP_FAULTS; i++)
		*next++ = (struct stats_counter){ dnstap_fault_name(i), payloads.faults[i] };
	for (unsigned i = 0; i < DNS_FAULTS; i++)
		*next++ = (struct stats_counter){ dns_fault_name(i), payloads.extract.bad_dns[i] };
	stats_line(to, "malformed", c, (size_t)(next - c));
}

static void
print_delay(FILE *to)
{
	const struct delay *d = &payloads.extract.delay;
	struct stats_counter c[3 + DELAY_BUCKETS] = {
		{ "median_ms", delay_percentile(d, 50) }, { "p99_ms", delay_percentile(d, 99) },
		{ "sum_s", d->sum / SECOND },
	};

	for (size_t i = 0; i < DELAY_BUCKETS; i++)
		c[3 + i] = (struct stats_counter){ delay_bound(i), d->total[i] };
	stats_line(to, "delay", c, sizeof(c) / sizeof(c[0]));
}

static void
print_stats(FILE *to)
{
	struct stats_counter c[] = {
		{ "connections", producers.connections }, { "open", producers.n },
		{ "frames", producers.block.frames + file_block.frames }, { "bytes", bytes_read() },
		{ "answers", payloads.extract.answers }, { "dropped", payloads.extract.dropped },
		{ "too_long", payloads.extract.too_long }, { "over_limit", payloads.extract.over_limit },
		{ "bad_stream", producers.block.refused },
		{ "handshake_timeout", producers.timeouts },
		{ "displaced", producers.displaced },
		{ "bad_dnstap", stats_sum(payloads.faults, DNSTAP_REFUSED) },
		{ "bad_dns", stats_sum(payloads.extract.bad_dns, DNS_FAULTS) },
	};
	struct stats_counter messages[DNSTAP_TYPES];

	for (unsigned i = 0; i < DNSTAP_TYPES; i++)
		messages[i] = (struct stats_counter){ dnstap_type_name(i), payloads.messages[i] };
	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
	stats_line(to, "messages", messages, DNSTAP_TYPES);
	print_malformed(to);
	print_delay(to);
}

/* Reading can wait for the reader of stdout: of files always, of sockets when asked to. */
static bool
can_wait(const struct source *s)
{
	return s->is_file || options.buffer == 0;
}

static bool
is_full(void)
{
	return linewriter_pending(&out) > HIGH_WATER;
}

/*
 * Where the lines of a message from a socket must end. While stdout is stuck and more than half of
 * the buffer is full, a message may add a small part of what is left of it, which shrinks as the
 * buffer fills. So the lines of the largest messages are dropped first, and responses of the usual
 * size find room as long as there is any.
 */
static size_t
room_in_buffer(void)
{
	size_t pending = linewriter_pending(&out);
	size_t left = options.buffer > pending ? options.buffer - pending : 0;

	return out.buf.len + (pending <= options.buffer / 2 ? left : left / BUFFER_PART);
}

/* Makes lines of a block till it is used up, or waits for the reader of stdout. */
static void
take_block(struct block *b)
{
	struct str payload;

	while (b->from != NULL && !(can_wait(b->from) && is_full()) && block_next(b, &payload)) {
		size_t room = can_wait(b->from) ? out.buf.max : room_in_buffer();

		payloads_lines(&payloads, payload, b->arrival, &out.buf, room);
	}
}

static struct source
open_source(const char *name)
{
	if (strcmp(name, "-") == 0)
		return source_make(dup(STDIN_FILENO), "stdin", true);
	/* A FIFO that nobody has opened for writing yet must not hold up the others. */
	return source_make(open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC), name, true);
}

/* Opens files till one can be read. */
static void
open_file(void)
{
	while (file.fd < 0 && next_file < options.n_files && !stopping) {
		file = open_source(options.files[next_file++]);
		if (file.fd < 0) {
			log_error("%s: %s", file.name, strerror(errno));
			failed = true;
		}
	}
}

/* A signal to end: nobody new, and what is on its way has a second's quiet or five seconds. */
static void
begin_stop(void)
{
	struct stat st;

	stopping = true;
	quiet_at = clock_mono() + QUIET;
	stop_at = clock_mono() + PATIENCE;
	producers_stop(&producers);
	if (file.fd >= 0 && fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode))
		source_close(&file);
}

static void
take_signals(void)
{
	bool term = loop_signalled(SIGTERM), interrupt = loop_signalled(SIGINT);

	/* May come to the whole pipeline; there is nothing to read again here. */
	loop_signalled(SIGHUP);
	if ((term || interrupt) && !stopping)
		begin_stop();
}

static bool
is_over(void)
{
	bool idle = file.fd < 0 && producers_are_gone(&producers);
	int64_t now;

	if (out.broken)
		return true;
	if (!stopping)
		return idle && next_file == options.n_files;
	now = clock_mono();
	return idle || now >= stop_at ||
	    (now >= quiet_at && producers.block.from == NULL && file_block.from == NULL);
}

/* The poll set of a turn, and its timers. */
static void
begin_turn(void)
{
	loop_begin(&loop);
	stdout_place = loop_add(&loop, out.fd, out.blocked ? POLLOUT : 0);
	open_file();
	file_place = file.fd >= 0 && !is_full() && file_block.from == NULL ?
	    loop_add(&loop, file.fd, POLLIN) : NOWHERE;
	producers_begin(&producers, &loop, options.buffer > 0 ||
	    (!is_full() && producers.block.from == NULL));
	stats_turn(&stats, &loop);
	if (stopping)
		loop_wake(&loop, quiet_at < stop_at ? quiet_at : stop_at);
}

/* True when a block waits for nothing but its turn. */
static bool
has_more(void)
{
	return (producers.block.from != NULL || file_block.from != NULL) && !is_full();
}

/* Something more to read or handle is there. */
static bool
input_is_due(void)
{
	if (has_more())
		return true;
	for (size_t i = 0; i < loop.n; i++)
		if (i != stdout_place && loop_events(&loop, i) != 0)
			return true;
	return false;
}

/*
 * Waits as long as is right. Lines go out in large blocks while more input is there, but none waits
 * for longer than OUTPUT_DELAY: input that makes no lines must not hold them back.
 */
static void
wait_turn(void)
{
	bool waiting = linewriter_pending(&out) > 0 && !out.blocked;

	if (!waiting && !has_more()) {
		loop_wait(&loop);
		return;
	}
	loop_look(&loop);
	if (!waiting)
		return;
	if (linewriter_pending(&out) >= LINEWRITER_BLOCK || !input_is_due() ||
	    clock_mono() - output_since >= OUTPUT_DELAY)
		linewriter_flush(&out);
}

static void
serve_stdout(void)
{
	short events = loop_events(&loop, stdout_place);

	if (events & (POLLERR | POLLHUP | POLLNVAL))
		linewriter_hang_up(&out);
	else if (events & POLLOUT)
		linewriter_flush(&out);
}

static void
serve_producers(void)
{
	take_block(&producers.block);
	while (producers_read(&producers, &loop))
		take_block(&producers.block);
	producers_end(&producers, &loop);
}

static void
serve_file(void)
{
	if (file_block.from == NULL && file.fd >= 0 && file_place != NOWHERE &&
	    loop_events(&loop, file_place) != 0)
		block_read(&file_block, &file);
	take_block(&file_block);
	failed |= file.failed;
}

static void
serve_inputs(void)
{
	uint64_t bytes = bytes_read();
	size_t pending = linewriter_pending(&out);

	serve_producers();
	serve_file();
	/*
	 * It is quiet only where all are asked and say nothing: not while reading waits for stdout.
	 */
	if (bytes_read() != bytes || (is_full() && (options.buffer == 0 || file.fd >= 0)))
		quiet_at = clock_mono() + QUIET;
	if (pending == 0 && linewriter_pending(&out) > 0)
		output_since = clock_mono();
}

/* Says that lines were dropped: once in ten seconds at most. */
static void
tell_drops(bool last)
{
	uint64_t dropped = payloads.extract.dropped - dropped_said;

	if (dropped == 0)
		return;
	if (!last && clock_mono() < notice_at) {
		loop_wake(&loop, notice_at);
		return;
	}
	log_warn("%llu lines dropped: the reader of stdout does not keep up",
	    (unsigned long long)dropped);
	dropped_said = payloads.extract.dropped;
	notice_at = clock_mono() + DROP_NOTICE;
}

static void
run(void)
{
	for (;;) {
		begin_turn();
		tell_drops(false);
		if (is_over())
			break;
		wait_turn();
		take_signals();
		serve_stdout();
		serve_inputs();
	}
}

/*
 * Writes what is left, waiting for the reader, but after a signal only as long as there is time.
 * What can be written without waiting is written in any case.
 */
static void
drain_output(void)
{
	if (!out.blocked)
		linewriter_flush(&out);
	while (linewriter_pending(&out) > 0 && !(stopping && clock_mono() >= stop_at)) {
		if (!out.blocked) {
			linewriter_flush(&out);
			continue;
		}
		loop_begin(&loop);
		stdout_place = loop_add(&loop, out.fd, POLLOUT);
		if (stopping)
			loop_wake(&loop, stop_at);
		loop_wait(&loop);
		take_signals();
		serve_stdout();
	}
}

static int
finish(void)
{
	if (stopping && clock_mono() >= stop_at && producers.n > 0 && !out.broken)
		log_warn("%zu connections closed before their end: what was on its way is lost",
		    producers.n);
	drain_output();
	if (linewriter_pending(&out) > 0)
		log_warn(
		    "%zu bytes of output lost: nobody read them in time", linewriter_pending(&out));
	if (out.error != 0)
		log_error("stdout: %s", strerror(out.error));
	tell_drops(true);
	stats_close(&stats);
	return failed || out.error != 0 ? 2 : 0;
}

static void
release(void)
{
	producers_free(&producers);
	if (file.fd >= 0)
		source_close(&file);
	block_free(&file_block);
	free(options.sockets);
	payloads_free(&payloads);
	mirror_close(&tap);
	linewriter_free(&out);
	loop_free(&loop);
}

static const char usage[] =
    "usage: dnstap-read [-Cns] [-b MIB] [-N PREFIX ...] [-S FILE] [-t TYPES] [-T FIFO]\n"
    "                   [-u PATH ... [-m MODE] [-g GROUP]]\n"
    "                   [-l ADDR:PORT ...] [FILE ...]\n"
    "Reads dnstap from sockets, files or stdin and prints an answer line for each address.\n"
    "  -u, --unix PATH    listen on a unix socket; may be given several times\n"
    "  -m, --mode MODE    the sockets' mode, in octal (0660)\n"
    "  -g, --group GROUP  the sockets' group\n"
    "  -l, --listen ADDR:PORT\n"
    "                     listen on TCP, [ADDR]:PORT for IPv6; may be given several times\n"
    "  -b, --buffer MIB   hold so much for a reader that does not read, then drop lines (64);\n"
    "                     0: drop none, but let the sockets wait\n"
    "      --check-options\n"
    "                     check the options and their files, and exit\n"
    "  -C, --no-client    leave client= out\n"
    "  -n, --now          TIME is the time of reading\n"
    "  -N, --nat64 PREFIX print the IPv4 address in one that a DNS64 made up;\n"
    "                     `default` is 64:ff9b::/96\n"
    "  -s, --server       have server=, the identity that dnstap tells\n"
    "  -S, --stats FILE   keep counters in a file\n"
    "  -T, --tap FIFO     show the lines to whoever reads the FIFO, too\n"
    "  -t, --types TYPES  dnstap message types, comma between, or all (CLIENT_RESPONSE)\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n";

enum { CHECK_OPTIONS = UINT8_MAX + 1 };	/* has no letter */

static mode_t
parse_mode(const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode > 0777)
		log_die("-m %s: not a mode: three octal digits", text);
	return (mode_t)mode;
}

static size_t
parse_buffer(const char *text)
{
	uint32_t mib;

	if (!num_parse(str_of(text), 1024 * 1024, &mib))
		log_die("-b %s: not a number of MiB from 0 to 1048576", text);
	return mib * MIB;
}

static void
add_nat64(const char *text)
{
	const char *why = nat64_add(&options.nat64, str_of(text));

	if (why != NULL)
		log_die("-N %s: %s", text, why);
}

static void
add_types(const char *text)
{
	struct str bad;

	if (!dnstap_types_parse(str_of(text), &options.types, &bad))
		log_die("-t %.*s: not a type of message that tells an answer: AUTH_RESPONSE, "
		    "RESOLVER_RESPONSE, CLIENT_RESPONSE, FORWARDER_RESPONSE, STUB_RESPONSE, "
		    "TOOL_RESPONSE, all", (int)bad.n, bad.p);
}

static void
add_socket(const char *where, bool tcp)
{
	options.sockets = mem_grow(options.sockets, options.n_sockets, &options.cap_sockets,
	    sizeof(*options.sockets));
	options.sockets[options.n_sockets++] = (struct place){ where, tcp };
}

static void
parse_option(int letter)
{
	switch (letter) {
	case 'b':
		options.buffer = parse_buffer(optarg);
		break;
	case 'C':
		options.no_client = true;
		break;
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case 'g':
		options.group = optarg;
		break;
	case 'l':
		add_socket(optarg, true);
		break;
	case 'm':
		options.mode = parse_mode(optarg);
		break;
	case 'n':
		options.now = true;
		break;
	case 'N':
		add_nat64(optarg);
		break;
	case 's':
		options.server = true;
		break;
	case 'S':
		stats_keep(&stats, optarg);
		break;
	case 'T':
		options.tap = optarg;
		break;
	case 't':
		add_types(optarg);
		break;
	case 'u':
		add_socket(optarg, false);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("dnstap-read " VERSION);
		exit(0);
	default:
		log_try_help();
	}
}

static void
parse_options(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "buffer", required_argument, NULL, 'b' },
		{ "check-options", no_argument, NULL, CHECK_OPTIONS },
		{ "group", required_argument, NULL, 'g' }, { "help", no_argument, NULL, 'h' },
		{ "listen", required_argument, NULL, 'l' },
		{ "mode", required_argument, NULL, 'm' }, { "nat64", required_argument, NULL, 'N' },
		{ "no-client", no_argument, NULL, 'C' }, { "now", no_argument, NULL, 'n' },
		{ "server", no_argument, NULL, 's' }, { "stats", required_argument, NULL, 'S' },
		{ "tap", required_argument, NULL, 'T' },
		{ "types", required_argument, NULL, 't' }, { "unix", required_argument, NULL, 'u' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char *from_stdin[] = { "-" };
	int letter;

	while ((letter = getopt_long(argc, argv, "b:Cg:hl:m:nN:sS:T:t:u:V",
	    long_options, NULL)) != -1)
		parse_option(letter);
	options.files = argv + optind;
	options.n_files = argc - optind;
	options.n_inherited = listener_inherited();
	if (options.n_files == 0 && options.n_sockets == 0 && options.n_inherited == 0) {
		options.files = from_stdin;
		options.n_files = 1;
	}
}

/*
 * Counts a listener that was opened; one that was not ends the program, and leaves no socket
 * behind.
 */
static void
add_listener(const char *name, const char *why)
{
	if (why == NULL) {
		producers.n_listeners++;
		return;
	}
	log_error("%s: %s", name, why);
	producers_free(&producers);
	exit(2);
}

static void
open_sockets(void)
{
	struct listener *l = mem_zero(options.n_sockets + (size_t)options.n_inherited, sizeof(*l));

	producers.listeners = l;
	for (int i = 0; i < options.n_inherited; i++, l++)
		add_listener("inherited socket", listener_inherit(l, i));
	for (size_t i = 0; i < options.n_sockets; i++, l++) {
		const struct place *p = &options.sockets[i];

		add_listener(p->where, p->tcp ? listener_open_tcp(l, p->where) :
		    listener_open(l, p->where, options.mode, options.group));
	}
	if (producers.n_listeners > 0)
		producers_reserve(&producers);
}

static void
object(int *status, const char *name, const char *why)
{
	if (why == NULL)
		return;
	log_error("%s: %s", name, why);
	*status = 2;
}

/* Of --check-options: each socket and file that could not be opened is reported. */
static int
check_options(void)
{
	int status = 0;

	if (options.n_sockets == 0 && options.group != NULL)
		object(&status, options.group, listener_check(NULL, options.group));
	for (size_t i = 0; i < options.n_sockets; i++) {
		const struct place *p = &options.sockets[i];

		object(&status, p->where, p->tcp ? listener_check_tcp(p->where) :
		    listener_check(p->where, options.group));
	}
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0 && access(options.files[i], R_OK) < 0)
			object(&status, options.files[i], strerror(errno));
	return status;
}

/* Files are opened one after the other, and the sockets removed at the end. */
static void
confine(void)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, 0);
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0)
			sandbox_allow(&sandbox, options.files[i], SANDBOX_READ);
	for (size_t i = 0; i < options.n_sockets; i++)
		if (!options.sockets[i].tcp)
			sandbox_allow(&sandbox, options.sockets[i].where, SANDBOX_REMOVE);
	sandbox_allow(&sandbox, stats.path, SANDBOX_REPLACE);
	sandbox_allow(&sandbox, tap.path, SANDBOX_WRITE);
	sandbox_enter(&sandbox);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dnstap-read");
	stats.print = print_stats;
	parse_options(argc, argv);
	if (options.check_only)
		return check_options();
	if (options.tap != NULL)
		mirror_open(&tap, options.tap);
	loop_signals();
	payloads_open(&payloads, hash_seed());
	payloads.extract.now = options.now;
	payloads.extract.server = options.server;
	payloads.extract.no_client = options.no_client;
	payloads.extract.nat64 = options.nat64;
	if (options.types != 0)
		payloads.types = options.types;
	linewriter_open(&out, STDOUT_FILENO,
	    (options.buffer > HIGH_WATER ? options.buffer : HIGH_WATER) + EXTRACT_TEXT_MAX);
	out.tap = &tap;
	open_sockets();
	confine();
	run();
	status = finish();
	release();
	return status;
}
