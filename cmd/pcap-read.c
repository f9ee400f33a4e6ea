/*
 * pcap-read: converts DNS replies in packets to answer lines; see pcap-read(1). This file parses
 * the options, and opens the interface and the output. packet/pcap_reader.h reads the packets.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers/output.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/sandbox.h"
#include "packet/pcap_reader.h"
#include "packet/rights.h"

struct options {
	const char *interface;	/* NULL: read files */
	bool any_direction, check_only;
	const char *tap;
	uint16_t *ports;
	size_t n_ports, cap_ports;
	struct prefix *servers;
	size_t n_servers, cap_servers;
	char **files;
	int n_files;
};

static struct options options;
static struct output output = { .buffer = OUTPUT_BUFFER };
static struct pcap_reader reader = { .output = &output };

static void
print_counters(FILE *to)
{
	pcap_reader_print_counters(&reader, to);
}

static const char usage[] =
    "usage: pcap-read [-Cn] [-b MIB] [-N PREFIX ...] [-S FILE] [-T FIFO] [--port PORT ...]\n"
    "                 [--from ADDRESS|PREFIX ...]\n"
    "                 [--interface IFACE [--direction out|any] | FILE ...]\n"
    "Reads packets from an interface, or from captures in pcap or pcapng format, and prints\n"
    "an answer line for each address in a DNS reply.\n"
    "  -b, --buffer MIB     buffer up to MIB while stdout is blocked, then drop lines [64];\n"
    "                       0: let the packets wait in the kernel instead\n"
    "      --check-options  check the options and their files, and exit\n"
    "  -C, --no-client      omit client=\n"
    "      --direction out|any\n"
    "                       read the packets that this host sends, or all packets [out]\n"
    "      --from ADDRESS|PREFIX\n"
    "                       read only replies from these addresses; may be repeated\n"
    "  -h, --help           show this help\n"
    "      --interface IFACE\n"
    "                       read packets from a network interface, or from all: `any`\n"
    "  -n, --now            use the current time as TIME\n"
    "  -N, --nat64 PREFIX   translate DNS64 addresses back to IPv4; `default` is\n"
    "                       64:ff9b::/96; may be repeated\n"
    "      --port PORT      read replies from this port of the servers [53]; may be repeated\n"
    "  -S, --stats FILE     keep counters in FILE\n"
    "  -T, --tap FIFO       copy the output to FIFO while it has a reader\n"
    "  -V, --version        show the version\n";

/* Long options without a letter. */
enum { CHECK_OPTIONS = UINT8_MAX + 1, DIRECTION, FROM, INTERFACE, PORT };

static void
set_buffer(const char *text)
{
	const char *why = output_buffer_parse(&output, text);

	if (why != NULL)
		log_misuse("-b %s: %s", text, why);
}

static void
set_direction(const char *text)
{
	options.any_direction = strcmp(text, "any") == 0;
	if (!options.any_direction && strcmp(text, "out") != 0)
		log_misuse("--direction %s: expected out or any", text);
}

static void
add_port(const char *text)
{
	uint32_t port;

	if (!num_parse(str_of(text), UINT16_MAX, &port) || port == 0)
		log_misuse("--port %s: expected a port from 1 to 65535", text);
	options.ports = mem_grow(options.ports, options.n_ports, &options.cap_ports,
	    sizeof(*options.ports));
	options.ports[options.n_ports++] = (uint16_t)port;
}

static void
add_server(const char *text)
{
	options.servers = mem_grow(options.servers, options.n_servers, &options.cap_servers,
	    sizeof(*options.servers));
	log_require("--from", text, prefix_parse_loose(str_of(text),
	    &options.servers[options.n_servers]));
	options.n_servers++;
}

/* Handles the options that only this program has. False for other options. */
static bool
parse_own_option(int letter)
{
	switch (letter) {
	case DIRECTION:
		set_direction(optarg);
		return true;
	case FROM:
		add_server(optarg);
		return true;
	case INTERFACE:
		options.interface = optarg;
		return true;
	case PORT:
		add_port(optarg);
		return true;
	default:
		return false;
	}
}

static void
parse_option(int letter)
{
	switch (letter) {
	case 'b':
		set_buffer(optarg);
		break;
	case 'C':
		reader.extract.no_client = true;
		break;
	case CHECK_OPTIONS:
		options.check_only = true;
		break;
	case 'n':
		reader.extract.now = true;
		break;
	case 'N':
		log_require("-N", optarg, nat64_add(&reader.extract.nat64, str_of(optarg)));
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
		puts("pcap-read " VERSION);
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
		{ "buffer", required_argument, NULL, 'b' },
		{ "check-options", no_argument, NULL, CHECK_OPTIONS },
		{ "direction", required_argument, NULL, DIRECTION },
		{ "from", required_argument, NULL, FROM }, { "help", no_argument, NULL, 'h' },
		{ "interface", required_argument, NULL, INTERFACE },
		{ "nat64", required_argument, NULL, 'N' },
		{ "no-client", no_argument, NULL, 'C' }, { "now", no_argument, NULL, 'n' },
		{ "port", required_argument, NULL, PORT },
		{ "stats", required_argument, NULL, 'S' }, { "tap", required_argument, NULL, 'T' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char *from_stdin[] = { "-" };
	int letter;

	while ((letter = getopt_long(argc, argv, "b:ChnN:S:T:V", long_options, NULL)) != -1)
		parse_option(letter);
	options.files = argv + optind;
	options.n_files = argc - optind;
	if (options.interface != NULL && options.n_files > 0)
		log_misuse("--interface and %s: read an interface or files", options.files[0]);
	if (options.interface == NULL && options.n_files == 0) {
		options.files = from_stdin;
		options.n_files = 1;
	}
	if (options.n_ports == 0)
		add_port("53");
}

/* --check-options: reports an interface that does not exist, and files that cannot be opened. */
static int
check_options(void)
{
	int status = 0;

	if (options.interface != NULL && strcmp(options.interface, "any") != 0 &&
	    if_nametoindex(options.interface) == 0) {
		log_error("%s: no such interface", options.interface);
		status = 2;
	}
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0 && access(options.files[i], R_OK) < 0) {
			log_error("%s: %s", options.files[i], strerror(errno));
			status = 2;
		}
	return status;
}

static void
open_reader(void)
{
	const struct packet_limits limits = {
		.ports = options.ports, .n_ports = options.n_ports,
		.servers = options.servers, .n_servers = options.n_servers,
		.only_outgoing = options.interface != NULL && !options.any_direction,
		.memory = PACKET_MEMORY,
	};
	const char *why = NULL;

	if (options.interface != NULL)
		why = capture_open_live(&reader.capture, options.interface, &limits,
		    options.any_direction);
	if (why != NULL)
		log_die("%s: %s", options.interface, why);
	if (limits.only_outgoing && limits.n_servers == 0 && capture_has_forwarded(&reader.capture))
		log_warn("%s: this host forwards packets, perhaps with forged replies; use --from "
		    "with the addresses of the resolver", options.interface);
	packet_open(&reader.packet, &limits, hash_seed());
}

/* With an interface, gives up all rights: opening it needed CAP_NET_RAW. */
static void
confine(void)
{
	struct sandbox sandbox;
	const char *why = options.interface != NULL ? rights_drop(RIGHTS_NONE) : NULL;

	if (why != NULL)
		log_die("cannot give up capabilities: %s", why);
	sandbox_open(&sandbox, options.interface != NULL ? SANDBOX_CAPTURES : 0);
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0)
			sandbox_allow(&sandbox, options.files[i], SANDBOX_READ);
	why = output_confine(&output, &sandbox);
	if (why != NULL)
		log_die("%s", why);
}

static void
release(void)
{
	pcap_reader_free(&reader);
	free(options.ports);
	free(options.servers);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("pcap-read");
	output.stats.print = print_counters;
	output.dropped = &reader.extract.dropped;
	extract_open(&reader.extract, hash_seed());
	parse_options(argc, argv);
	if (options.check_only)
		return check_options();
	if (options.tap != NULL)
		log_require("--tap", options.tap, mirror_open(&output.tap, options.tap));
	loop_signals();
	output_open(&output, EXTRACT_TEXT_MAX);
	open_reader();
	confine();
	status = options.interface != NULL ? pcap_reader_live(&reader) :
	    pcap_reader_files(&reader, options.files, options.n_files);
	status |= output_close(&output);
	release();
	return status;
}
