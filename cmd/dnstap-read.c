/*
 * dnstap-read: Frame Streams in, answer lines out. See dnstap-read(1).
 *
 * Whatever frames come from is a source: a connection to one of the sockets, a file, stdin. A turn of the
 * loop gives each that has something to say one read, and handles it. Connections share one block to read
 * into and files have another; what of a frame is still to come waits in the source's own memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "frame.h"
#include "hash.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "mem.h"
#include "num.h"
#include "out.h"
#include "resolved.h"
#include "stats.h"

#define MIB ((size_t)1024 * 1024)
#define BLOCK (64 * 1024)	/* the most that one read takes: it stays in the processor's cache */
#define HIGH_WATER (256 * 1024)	/* with so much waiting to be written, no more is read where reading can wait */
#define MESSAGE_OUTPUT (80 * MIB)	/* more than the lines of any one message take */

#define CONNECTIONS_MAX 1024
#define HANDSHAKE (10 * SECOND)	/* from the connection to START */
#define ACCEPT_PAUSE (1 * SECOND)	/* when no descriptor is left */
#define OUTPUT_DELAY (SECOND / 500)	/* the longest that a line waits for company */
#define QUIET (1 * SECOND)
#define PATIENCE (5 * SECOND)
#define DROP_NOTICE (10 * SECOND)

struct source {
	int fd;			/* -1: over */
	const char *name;	/* the socket's, or the file's */
	bool is_file;
	struct frame_stream stream;
	int64_t deadline;	/* for its handshake, monotonic */
	size_t place;		/* in the poll set; NOWHERE when it is not asked */
};

#define NOWHERE SIZE_MAX

/* What was read and is not handled yet: `left` lies in `data`, and came from `from`. */
struct block {
	char *data;		/* owned, BLOCK bytes; made when first needed */
	struct str left;
	struct source *from;
};

struct options {
	size_t buffer;		/* bytes held for a stuck stdout before lines are dropped; 0: push back */
	bool now;		/* TIME is the time of reading */
	bool server, no_client;	/* have the one key, leave out the other */
	struct nat64 nat64;
	unsigned types;		/* of message to look at, 1 << type; 0: the usual */
	mode_t mode;
	const char *group;
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
static struct out out;
static size_t stdout_place;
static struct resolved resolved;

static struct listener *listeners;
static size_t n_listeners;
static size_t first_listener;	/* the place of the first; the others follow */
static bool accepting;		/* the listeners are in the poll set */
static int64_t accept_after;	/* no descriptor was left: try again then */

static struct source *connections[CONNECTIONS_MAX];
static size_t n_connections, turn;	/* `turn` rotates who is served first */
static struct source file = { .fd = -1, .is_file = true };
static int next_file;
static struct block socket_block, file_block;

static int64_t arrival;		/* when the block being handled was read, since the epoch */
static int64_t output_since;	/* when the oldest line that waits was made, monotonic; NEVER: none waits */
static bool stopping;
static int64_t quiet_at, stop_at;	/* then: when to end, monotonic */
static int64_t notice_at;	/* when dropped lines may be spoken of again */
static uint64_t dropped_said;
static bool failed;		/* a file could not be read to its end */
static struct log_limit violations;
static struct stats stats;

static struct {
	uint64_t connections, frames, bytes, refused, timeouts;
	uint64_t bad_stream[FRAME_FAULTS];
} count;

static void
print_malformed(FILE *to)
{
	struct stats_counter c[FRAME_FAULTS + DNSTAP_FAULTS + DNS_FAULTS], *next = c;

	for (unsigned i = 0; i < FRAME_FAULTS; i++)
		*next++ = (struct stats_counter){ frame_fault_name(i), count.bad_stream[i] };
	for (unsigned i = 0; i < DNSTAP_FAULTS; i++)
		*next++ = (struct stats_counter){ dnstap_fault_name(i), resolved.bad_dnstap[i] };
	for (unsigned i = 0; i < DNS_FAULTS; i++)
		*next++ = (struct stats_counter){ dns_fault_name(i), resolved.bad_dns[i] };
	stats_line(to, "malformed", c, (size_t)(next - c));
}

static void
print_stats(FILE *to)
{
	struct stats_counter c[] = {
		{ "connections", count.connections }, { "open", n_connections },
		{ "frames", count.frames }, { "bytes", count.bytes }, { "answers", resolved.answers },
		{ "dropped", resolved.dropped }, { "too_long", resolved.too_long },
		{ "bad_stream", count.refused }, { "handshake_timeout", count.timeouts },
		{ "bad_dnstap", stats_sum(resolved.bad_dnstap, DNSTAP_REFUSED) },
		{ "bad_dns", stats_sum(resolved.bad_dns, DNS_FAULTS) },
	};
	struct stats_counter messages[DNSTAP_TYPES];

	for (unsigned i = 0; i < DNSTAP_TYPES; i++)
		messages[i] = (struct stats_counter){ dnstap_type_name(i), resolved.messages[i] };
	stats_line(to, NULL, c, sizeof(c) / sizeof(c[0]));
	stats_line(to, "messages", messages, DNSTAP_TYPES);
	print_malformed(to);
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
	return out_pending(&out) > HIGH_WATER;
}

static void
source_close(struct source *s)
{
	frame_free(&s->stream);
	close(s->fd);
	s->fd = -1;
}

/* Ends a source that does not keep to the protocol. */
static void
source_refuse(struct source *s, const char *why)
{
	if (s->is_file) {
		log_error("%s: %s", s->name, why);
		failed = true;
	} else {
		log_limited(&violations, "%s: connection closed: %s", s->name, why);
		count.refused++;
	}
	source_close(s);
}

static void
source_fault(struct source *s, enum frame_fault fault)
{
	if (!s->is_file)
		count.bad_stream[fault]++;
	source_refuse(s, frame_fault_text(fault));
}

/* Nothing more comes. */
static void
source_end(struct source *s)
{
	if (frame_is_cut(&s->stream))
		source_fault(s, FRAME_CUT);
	else
		source_close(s);
}

/*
 * A producer that takes no reply is gone, which is nothing to speak of, or does not get on with its
 * handshake, which has its own limit.
 */
static void
send_reply(const struct source *s, const struct frame *f)
{
	if (!s->is_file && f->reply_len > 0)
		(void)send(s->fd, f->reply, f->reply_len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
take_payload(struct source *s, struct str payload)
{
	size_t room = can_wait(s) ? out.buf.max : out.head + options.buffer;

	count.frames++;
	resolved_take(&resolved, payload, arrival, options.now, &out.buf, room);
}

/* Handles the frames of a block till it is used up, or waits for the reader of stdout. */
static void
block_handle(struct block *b)
{
	struct source *s = b->from;
	struct frame f;

	while (s->fd >= 0 && !(can_wait(s) && is_full())) {
		switch (frame_next(&s->stream, &b->left, &f)) {
		case FRAME_MORE:
			b->left.n = 0;
			return;
		case FRAME_DATA:
			take_payload(s, f.payload);
			break;
		case FRAME_CONTROL:
			send_reply(s, &f);
			break;
		case FRAME_END:
			send_reply(s, &f);
			if (!s->is_file)
				source_close(s);
			break;
		case FRAME_BAD:
			source_fault(s, f.fault);
			break;
		}
	}
	if (s->fd < 0)
		b->left.n = 0;
}

/* One read of a source that has something to say. */
static void
block_read(struct block *b, struct source *s)
{
	ssize_t n;

	if (b->data == NULL)
		b->data = mem_alloc(BLOCK);
	n = read(s->fd, b->data, BLOCK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && s->is_file) {
		source_refuse(s, strerror(errno));
		return;
	}
	if (n <= 0) {
		source_end(s);
		return;
	}
	count.bytes += (uint64_t)n;
	arrival = clock_wall();
	*b = (struct block){ .data = b->data, .left = { b->data, (size_t)n }, .from = s };
	block_handle(b);
}

/* Opens files till one can be read. */
static void
open_file(void)
{
	while (file.fd < 0 && next_file < options.n_files && !stopping) {
		file.name = options.files[next_file++];
		file.stream = FRAME_STREAM;
		if (strcmp(file.name, "-") == 0) {
			file.name = "stdin";
			file.fd = dup(STDIN_FILENO);
		} else {
			/* A FIFO that nobody has opened for writing yet must not hold up the others. */
			file.fd = open(file.name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		}
		if (file.fd < 0) {
			log_error("%s: %s", file.name, strerror(errno));
			failed = true;
		}
	}
}

static void
connection_add(int fd, const char *name)
{
	struct source *s = mem_zero(1, sizeof(*s));

	*s = (struct source){ .fd = fd, .name = name, .stream = FRAME_STREAM,
	    .deadline = clock_mono() + HANDSHAKE, .place = NOWHERE };
	connections[n_connections++] = s;
	count.connections++;
}

static void
accept_from(const struct listener *l)
{
	while (n_connections < CONNECTIONS_MAX) {
		int fd = listener_accept(l);

		if (fd >= 0) {
			connection_add(fd, l->name);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_limited(&violations, "%s: %s", l->name, strerror(errno));
			accept_after = clock_mono() + ACCEPT_PAUSE;
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
	log_limited(&violations, "%d connections: no more are taken till one ends", CONNECTIONS_MAX);
}

/* Drops connections that are over or have not come to START in time. */
static void
sweep_connections(void)
{
	int64_t now = clock_mono();
	size_t kept = 0;

	for (size_t i = 0; i < n_connections; i++) {
		struct source *s = connections[i];

		if (s->fd >= 0 && !frame_is_open(&s->stream) && now >= s->deadline) {
			count.timeouts++;
			source_refuse(s, "no START in time");
		}
		if (s->fd >= 0)
			connections[kept++] = s;
		else
			free(s);
	}
	n_connections = kept;
}

/* A signal to end: nobody new, and what is on its way has a second's quiet or five seconds. */
static void
begin_stop(void)
{
	struct stat st;

	stopping = true;
	quiet_at = clock_mono() + QUIET;
	stop_at = clock_mono() + PATIENCE;
	for (size_t i = 0; i < n_listeners; i++) {
		accept_from(&listeners[i]);
		listener_close(&listeners[i]);
	}
	n_listeners = 0;
	if (file.fd >= 0 && fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode))
		source_close(&file);
}

static void
take_signals(void)
{
	bool term = loop_signalled(SIGTERM), interrupt = loop_signalled(SIGINT);

	loop_signalled(SIGHUP);	/* may come to the whole pipeline; there is nothing to read again here */
	if ((term || interrupt) && !stopping)
		begin_stop();
}

static bool
is_over(void)
{
	bool idle = file.fd < 0 && n_connections == 0;
	int64_t now;

	if (out.broken)
		return true;
	if (!stopping)
		return idle && n_listeners == 0 && next_file == options.n_files;
	now = clock_mono();
	return idle || now >= stop_at || (now >= quiet_at && socket_block.left.n == 0 && file_block.left.n == 0);
}

/* While they are not asked, nobody can say that their START is late. */
static void
add_connections(void)
{
	bool ask = options.buffer > 0 || (!is_full() && socket_block.left.n == 0);

	for (size_t i = 0; i < n_connections; i++) {
		struct source *s = connections[i];

		s->place = ask ? loop_add(&loop, s->fd, POLLIN) : NOWHERE;
		if (frame_is_open(&s->stream))
			continue;
		if (!ask)
			s->deadline = clock_mono() + HANDSHAKE;
		loop_wake(&loop, s->deadline);
	}
}

/* The poll set of a turn, and its timers. */
static void
begin_turn(void)
{
	loop_begin(&loop);
	stdout_place = loop_add(&loop, out.fd, out.blocked ? POLLOUT : 0);
	accepting = n_connections < CONNECTIONS_MAX && clock_mono() >= accept_after;
	first_listener = loop.n;
	for (size_t i = 0; i < n_listeners; i++)
		loop_add(&loop, accepting ? listeners[i].fd : -1, POLLIN);
	if (n_listeners > 0 && clock_mono() < accept_after)
		loop_wake(&loop, accept_after);
	open_file();
	file.place = file.fd >= 0 && !is_full() && file_block.left.n == 0 ?
	    loop_add(&loop, file.fd, POLLIN) : NOWHERE;
	add_connections();
	stats_turn(&stats, &loop);
	if (stopping)
		loop_wake(&loop, quiet_at < stop_at ? quiet_at : stop_at);
}

/* True when a block waits for nothing but its turn. */
static bool
has_more(void)
{
	return (socket_block.left.n > 0 || file_block.left.n > 0) && !is_full();
}

/* Something more to read or handle is there. */
static bool
input_is_due(void)
{
	if (has_more())
		return true;
	for (size_t i = first_listener; i < loop.n; i++)
		if (loop_events(&loop, i) != 0)
			return true;
	return false;
}

/*
 * Waits as long as is right. Lines go out in large blocks while more input is there, but none waits for
 * longer than OUTPUT_DELAY: input that makes no lines must not hold them back.
 */
static void
wait_turn(void)
{
	bool waiting = out_pending(&out) > 0 && !out.blocked;

	if (!waiting && !has_more()) {
		loop_wait(&loop);
		return;
	}
	loop_look(&loop);
	if (!waiting)
		return;
	if (out_pending(&out) >= OUT_BLOCK || !input_is_due() || clock_mono() - output_since >= OUTPUT_DELAY)
		out_flush(&out);
}

static void
serve_stdout(void)
{
	short events = loop_events(&loop, stdout_place);

	if (events & (POLLERR | POLLHUP | POLLNVAL))
		out_hang_up(&out);
	else if (events & POLLOUT)
		out_flush(&out);
}

static void
serve_connections(void)
{
	size_t n = n_connections;

	if (socket_block.left.n > 0)
		block_handle(&socket_block);
	turn++;
	for (size_t i = 0; i < n && socket_block.left.n == 0; i++) {
		struct source *s = connections[(turn + i) % n];

		if (s->fd >= 0 && s->place != NOWHERE && loop_events(&loop, s->place) != 0)
			block_read(&socket_block, s);
	}
}

static void
serve_file(void)
{
	if (file_block.left.n > 0)
		block_handle(&file_block);
	else if (file.fd >= 0 && file.place != NOWHERE && loop_events(&loop, file.place) != 0)
		block_read(&file_block, &file);
}

static void
serve_inputs(void)
{
	uint64_t bytes = count.bytes;
	size_t pending = out_pending(&out);

	serve_connections();
	serve_file();
	for (size_t i = 0; i < n_listeners; i++)
		if (loop_events(&loop, first_listener + i) != 0)
			accept_from(&listeners[i]);
	/* It is quiet only where all are asked and say nothing: not while reading waits for stdout. */
	if (count.bytes != bytes || (is_full() && (options.buffer == 0 || file.fd >= 0)))
		quiet_at = clock_mono() + QUIET;
	if (pending == 0 && out_pending(&out) > 0)
		output_since = clock_mono();
}

/* Says that lines were dropped: once in ten seconds at most. */
static void
tell_drops(bool last)
{
	uint64_t dropped = resolved.dropped - dropped_said;

	if (dropped == 0)
		return;
	if (!last && clock_mono() < notice_at) {
		loop_wake(&loop, notice_at);
		return;
	}
	log_warn("%llu lines dropped: the reader of stdout does not keep up", (unsigned long long)dropped);
	dropped_said = resolved.dropped;
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
		sweep_connections();
	}
}

/*
 * Writes what is left, waiting for the reader, but after a signal only as long as there is time. What can be
 * written without waiting is written in any case.
 */
static void
drain_output(void)
{
	if (!out.blocked)
		out_flush(&out);
	while (out_pending(&out) > 0 && !(stopping && clock_mono() >= stop_at)) {
		if (!out.blocked) {
			out_flush(&out);
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
	drain_output();
	if (out_pending(&out) > 0)
		log_warn("%zu bytes of output lost: nobody read them in time", out_pending(&out));
	if (out.error != 0)
		log_error("stdout: %s", strerror(out.error));
	for (size_t i = 0; i < n_listeners; i++)
		listener_close(&listeners[i]);
	tell_drops(true);
	stats_close(&stats);
	return failed || out.error != 0 ? 2 : 0;
}

static void
release(void)
{
	for (size_t i = 0; i < n_connections; i++) {
		source_close(connections[i]);
		free(connections[i]);
	}
	if (file.fd >= 0)
		source_close(&file);
	free(socket_block.data);
	free(file_block.data);
	free(listeners);
	free(options.sockets);
	resolved_free(&resolved);
	out_free(&out);
	loop_free(&loop);
}

static void
usage(FILE *to)
{
	fputs("usage: dnstap-read [-Cns] [-b MIB] [-N PREFIX ...] [-S FILE] [-t TYPES]\n"
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
	    "  -C, --no-client    leave client= out\n"
	    "  -n, --now          TIME is the time of reading\n"
	    "  -N, --nat64 PREFIX print the IPv4 address in one that a DNS64 made up;\n"
	    "                     `default` is 64:ff9b::/96\n"
	    "  -s, --server       have server=, the identity that dnstap tells\n"
	    "  -S, --stats FILE   keep counters in a file\n"
	    "  -t, --types TYPES  dnstap message types, comma between, or all (CLIENT_RESPONSE)\n"
	    "  -h, --help         this text\n"
	    "  -V, --version      the version\n", to);
}

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
		log_die("-t %.*s: not a type of message that tells an answer: AUTH_RESPONSE, RESOLVER_RESPONSE, "
		    "CLIENT_RESPONSE, FORWARDER_RESPONSE, STUB_RESPONSE, TOOL_RESPONSE, all", (int)bad.n, bad.p);
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
	case 't':
		add_types(optarg);
		break;
	case 'u':
		add_socket(optarg, false);
		break;
	case 'h':
		usage(stdout);
		exit(0);
	case 'V':
		puts("dnstap-read " VERSION);
		exit(0);
	default:
		usage(stderr);
		exit(2);
	}
}

static void
parse_options(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "buffer", required_argument, NULL, 'b' }, { "group", required_argument, NULL, 'g' },
		{ "help", no_argument, NULL, 'h' }, { "listen", required_argument, NULL, 'l' },
		{ "mode", required_argument, NULL, 'm' },
		{ "nat64", required_argument, NULL, 'N' },
		{ "no-client", no_argument, NULL, 'C' }, { "now", no_argument, NULL, 'n' },
		{ "server", no_argument, NULL, 's' }, { "stats", required_argument, NULL, 'S' },
		{ "types", required_argument, NULL, 't' }, { "unix", required_argument, NULL, 'u' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char *from_stdin[] = { "-" };
	int letter;

	while ((letter = getopt_long(argc, argv, "b:Cg:hl:m:nN:sS:t:u:V", long_options, NULL)) != -1)
		parse_option(letter);
	options.files = argv + optind;
	options.n_files = argc - optind;
	options.n_inherited = listener_inherited();
	if (options.n_files == 0 && options.n_sockets == 0 && options.n_inherited == 0) {
		options.files = from_stdin;
		options.n_files = 1;
	}
}

/* Counts a listener that was opened; one that was not ends the program, and leaves no socket behind. */
static void
add_listener(const char *name, const char *why)
{
	if (why == NULL) {
		n_listeners++;
		return;
	}
	log_error("%s: %s", name, why);
	while (n_listeners > 0)
		listener_close(&listeners[--n_listeners]);
	exit(2);
}

static void
open_sockets(void)
{
	listeners = mem_zero(options.n_sockets + (size_t)options.n_inherited, sizeof(*listeners));
	for (int i = 0; i < options.n_inherited; i++)
		add_listener("inherited socket", listener_inherit(&listeners[n_listeners], i));
	for (size_t i = 0; i < options.n_sockets; i++) {
		const struct place *p = &options.sockets[i];
		struct listener *l = &listeners[n_listeners];

		add_listener(p->where, p->tcp ? listener_open_tcp(l, p->where) :
		    listener_open(l, p->where, options.mode, options.group));
	}
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dnstap-read");
	stats.print = print_stats;
	parse_options(argc, argv);
	loop_signals();
	resolved_open(&resolved, hash_seed());
	resolved.server = options.server;
	resolved.no_client = options.no_client;
	resolved.nat64 = options.nat64;
	if (options.types != 0)
		resolved.types = options.types;
	out_open(&out, STDOUT_FILENO, options.buffer > MESSAGE_OUTPUT ? options.buffer : MESSAGE_OUTPUT);
	open_sockets();
	run();
	status = finish();
	release();
	return status;
}
