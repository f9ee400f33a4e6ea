/*
 * dns-gate: holds DNS replies until their routes are at the routers; see dns-gate(1). This file
 * parses the options, and opens the queue, the FIFO and the output. packet/dns_gate.h has the loop.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "io/file.h"
#include "io/sandbox.h"
#include "packet/dns_gate.h"
#include "packet/rights.h"

#define MILLISECOND (SECOND / 1000)

/*
 * The kernel's memory for unread packets, for each packet that may be held. In the chain OUTPUT
 * both count against the send buffer of the resolver, which must not be full when dns-gate is
 * stopped. A small reply takes 832 bytes in both.
 */
#define PACKET_ROOM 1280
#define PACKETS_MIN 64

struct options {
	bool check_only, has_queue;
	uint16_t queue;
	size_t held;
	int64_t hold;
	const char *tap;
};

static struct options options = { .held = 128, .hold = 100 * MILLISECOND };
static struct output output = { .buffer = OUTPUT_BUFFER };
static struct dns_gate gate = { .output = &output };

static void
print_counters(FILE *to)
{
	dns_gate_print_counters(&gate, to);
}

static const char usage[] =
    "usage: dns-gate --queue N --ack FIFO [-C] [-N PREFIX ...] [-S FILE] [-T FIFO]\n"
    "                [--hold TIME] [--held N]\n"
    "Receives DNS replies from a queue of netfilter, and prints their answer lines and barriers.\n"
    "Holds each reply until its barrier returns: then its routes are at the routers.\n"
    "      --ack FIFO       read the barriers that return from FIFO\n"
    "      --check-options  check the options and their files, and exit\n"
    "  -C, --no-client      omit client=\n"
    "      --held N         hold at most N replies; others pass unheld [128]\n"
    "  -h, --help           show this help\n"
    "      --hold TIME      hold a reply for at most TIME [100ms]\n"
    "  -N, --nat64 PREFIX   translate DNS64 addresses back to IPv4; `default` is\n"
    "                       64:ff9b::/96; may be repeated\n"
    "      --queue N        receive packets from queue N of NFQUEUE\n"
    "  -S, --stats FILE     keep counters in FILE\n"
    "  -T, --tap FIFO       copy the output to FIFO while it has a reader\n"
    "  -V, --version        show the version\n";

/* Long options without a letter. */
enum { ACK = UINT8_MAX + 1, CHECK_OPTIONS, HELD, HOLD, QUEUE };

static void
set_queue(const char *text)
{
	uint32_t n;

	if (!num_parse(str_of(text), UINT16_MAX, &n))
		log_misuse("--queue %s: expected a number from 0 to 65535", text);
	options.queue = (uint16_t)n;
	options.has_queue = true;
}

static void
set_held(const char *text)
{
	uint32_t n;

	if (!num_parse(str_of(text), HELD_MAX, &n) || n == 0)
		log_misuse("--held %s: expected a number from 1 to %d", text, HELD_MAX);
	options.held = n;
}

static void
set_hold(const char *text)
{
	const char *why = clock_span_parse(str_of(text), &options.hold);

	if (why != NULL)
		log_misuse("--hold %s: %s", text, why);
	if (options.hold < MILLISECOND || options.hold > 5 * SECOND)
		log_misuse("--hold %s: expected a time from 1ms to 5s", text);
}

/* Handles the options that only this program has. False for other options. */
static bool
parse_own_option(int letter)
{
	switch (letter) {
	case ACK:
		gate.fifo = optarg;
		return true;
	case HELD:
		set_held(optarg);
		return true;
	case HOLD:
		set_hold(optarg);
		return true;
	case QUEUE:
		set_queue(optarg);
		return true;
	default:
		return false;
	}
}

static void
parse_option(int letter)
{
	switch (letter) {
	case 'C':
		gate.extract.no_client = true;
		break;
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case 'N':
		log_require("-N", optarg, nat64_add(&gate.extract.nat64, str_of(optarg)));
		break;
	case 'S':
		log_require("--stats", optarg, stats_keep(&output.stats, optarg));
		break;
	case 'T':
		options.tap = optarg;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	case 'V':
		puts("dns-gate " VERSION);
		exit(0);
	default:
		if (!parse_own_option(letter))
			log_try_help();
	}
}

static void
parse_options(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "ack", required_argument, NULL, ACK },
		{ "check-options", no_argument, NULL, CHECK_OPTIONS },
		{ "held", required_argument, NULL, HELD }, { "help", no_argument, NULL, 'h' },
		{ "hold", required_argument, NULL, HOLD },
		{ "nat64", required_argument, NULL, 'N' },
		{ "no-client", no_argument, NULL, 'C' },
		{ "queue", required_argument, NULL, QUEUE },
		{ "stats", required_argument, NULL, 'S' }, { "tap", required_argument, NULL, 'T' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "ChN:S:T:V", long_options, NULL)) != -1)
		parse_option(letter);
	if (optind < argc)
		log_misuse("%s: dns-gate reads no files", argv[optind]);
	if (!options.has_queue)
		log_misuse("--queue is missing: the number of the rule with the target NFQUEUE");
	if (gate.fifo == NULL)
		log_misuse("--ack is missing: the FIFO of bgp-announce --ack");
}

/* --check-options: reports a FIFO that cannot be used. The queue may be in use by the service. */
static int
check_options(void)
{
	const char *why = "not a FIFO";
	struct stat st;
	int error;

	if (lstat(gate.fifo, &st) == 0) {
		if (S_ISFIFO(st.st_mode))
			return 0;
	} else {
		error = errno == ENOENT ? file_check_folder(gate.fifo) : errno;
		if (error == 0)
			return 0;
		why = strerror(error);
	}
	log_error("--ack %s: %s", gate.fifo, why);
	return 2;
}

static void
open_gate(void)
{
	const struct packet_limits limits = { .only_udp = true, .memory = PACKET_MEMORY_MIN };
	size_t room = (options.held > PACKETS_MIN ? options.held : PACKETS_MIN) * PACKET_ROOM;
	const char *why = nfqueue_socket_open(&gate.queue, options.queue, (int)room);

	if (why != NULL)
		log_die("queue %u: %s", options.queue, why);
	log_require("--ack", gate.fifo, dns_gate_open(&gate));
	packet_open(&gate.packet, &limits, hash_seed());
	acked_open(&gate.acked, hash_seed());
	held_open(&gate.held, options.held, options.hold);
}

/* The kernel checks CAP_NET_ADMIN at each verdict, so it stays. */
static void
confine(void)
{
	struct sandbox sandbox;
	const char *why = rights_drop(RIGHTS_NET_ADMIN);

	if (why != NULL)
		log_die("cannot give up capabilities: %s", why);
	sandbox_open(&sandbox, 0);
	why = output_confine(&output, &sandbox);
	if (why != NULL)
		log_die("%s", why);
}

/* Binds the queue last: a program that cannot give verdicts must not have a queue. */
static void
bind_queue(void)
{
	const char *why = nfqueue_socket_bind(&gate.queue);

	if (why != NULL)
		log_die("queue %u: %s", options.queue, why);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dns-gate");
	output.stats.print = print_counters;
	output.dropped = &gate.extract.dropped;
	extract_open(&gate.extract, hash_seed());
	parse_options(argc, argv);
	if (options.check_only)
		return check_options();
	if (options.tap != NULL)
		log_require("--tap", options.tap, mirror_open(&output.tap, options.tap));
	loop_signals();
	output_open(&output, EXTRACT_TEXT_MAX);
	open_gate();
	confine();
	bind_queue();
	status = dns_gate_run(&gate);
	status |= output_close(&output);
	dns_gate_free(&gate);
	return status;
}
