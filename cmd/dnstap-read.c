/*
 * dnstap-read: converts dnstap messages in Frame Streams to answer lines; see dnstap-read(1). This
 * file parses the options, opens inputs and output, and runs the loop. dnstap/reader.h handles a
 * turn of the loop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers/output.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "dnstap/reader.h"
#include "io/sandbox.h"

struct options {
	bool now, server, no_client;
	bool check_only;
	struct nat64 nat64;
	unsigned types;		/* bits (1 << type) of the message types; 0: the default */
	mode_t mode;
	const char *group;
	const char *tap;
	struct place {
		const char *where;	/* a path, or ADDR:PORT */
		bool tcp;
	} *sockets;
	size_t n_sockets, cap_sockets;
	int n_inherited;	/* sockets from the service manager */
	char **files;
	int n_files;
};

static struct options options = { .mode = 0660 };

static struct output output = { .buffer = OUTPUT_BUFFER };
static struct reader reader;

static void
print_counters(FILE *to)
{
	reader_print_counters(&reader, to);
}

static void
read_inputs(void)
{
	struct linewriter *out = &output.lines;

	for (;;) {
		output_begin(&output);
		reader_begin(&reader, &output.loop, out);
		if (out->broken || reader_is_over(&reader, &output.drain))
			break;
		if (output_wait(&output, reader_has_more(&reader, out)))
			reader_stop(&reader);
		if (reader_read(&reader, &output.loop, out))
			drain_extend(&output.drain);
	}
}

static int
finish(void)
{
	int status = files_have_failed(&reader.files) ? 2 : 0;

	if (drain_is_late(&output.drain) && reader.producers.n > 0 && !output.lines.broken)
		log_warn("%zu connections closed before their end; unread data is lost",
		    reader.producers.n);
	reader_flush(&reader, &output.lines);
	return status | output_close(&output);
}

static void
release(void)
{
	reader_free(&reader);
	free(options.sockets);
}

static const char usage[] =
    "usage: dnstap-read [-Cns] [-b MIB] [-N PREFIX ...] [-S FILE] [-t TYPES] [-T FIFO]\n"
    "                   [-u PATH ... [-m MODE] [-g GROUP]]\n"
    "                   [-l ADDR:PORT ...] [FILE ...]\n"
    "Reads dnstap from sockets, files or stdin and prints an answer line for each address.\n"
    "  -b, --buffer MIB     buffer up to MIB while stdout is blocked, then drop lines;\n"
    "                       with 0, stop reading the sockets instead [64]\n"
    "      --check-options  check the options and their files, and exit\n"
    "  -C, --no-client      omit client=, the address of the client\n"
    "  -g, --group GROUP    set the group of the unix sockets\n"
    "  -h, --help           print this help\n"
    "  -l, --listen ADDR:PORT\n"
    "                       listen on TCP, for IPv6 [ADDR]:PORT; may be repeated\n"
    "  -m, --mode MODE      set the mode of the unix sockets, in octal [0660]\n"
    "  -n, --now            use the current time as TIME, to replay old captures\n"
    "  -N, --nat64 PREFIX   translate DNS64 addresses back to IPv4; `default` is\n"
    "                       64:ff9b::/96; may be repeated\n"
    "  -s, --server         add server=, the dnstap identity of the resolver\n"
    "  -S, --stats FILE     write counters to FILE every 10 s\n"
    "  -t, --types TYPES    read these dnstap message types, separated by commas,\n"
    "                       or all [CLIENT_RESPONSE]\n"
    "  -T, --tap FIFO       copy the output to FIFO while it has a reader\n"
    "  -u, --unix PATH      listen on a unix socket; may be repeated\n"
    "  -V, --version        print the version\n";

enum { CHECK_OPTIONS = UINT8_MAX + 1 };	/* a long option without a letter */

static mode_t
parse_mode(const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode > 0777)
		log_misuse("-m %s: expected an octal mode from 0 to 0777, as in 0660", text);
	return (mode_t)mode;
}

static void
set_buffer(const char *text)
{
	const char *why = output_buffer_parse(&output, text);

	if (why != NULL)
		log_misuse("-b %s: %s", text, why);
}

static void
add_types(const char *text)
{
	struct str bad;

	if (!dnstap_types_parse(str_of(text), &options.types, &bad))
		log_misuse("-t %.*s: expected AUTH_RESPONSE, RESOLVER_RESPONSE, CLIENT_RESPONSE, "
		    "FORWARDER_RESPONSE, STUB_RESPONSE, TOOL_RESPONSE or all", (int)bad.n, bad.p);
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
		set_buffer(optarg);
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
		log_require("-N", optarg, nat64_add(&options.nat64, str_of(optarg)));
		break;
	case 's':
		options.server = true;
		break;
	case 'S':
		log_require("--stats", optarg, stats_keep(&output.stats, optarg));
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

/* Counts a listener that was opened. After a failure (`why`), removes other sockets and exits. */
static void
add_listener(const char *name, const char *why)
{
	if (why == NULL) {
		reader.producers.n_listeners++;
		return;
	}
	log_error("%s: %s", name, why);
	producers_free(&reader.producers);
	exit(2);
}

static void
open_sockets(void)
{
	struct listener *l = mem_zero(options.n_sockets + (size_t)options.n_inherited, sizeof(*l));

	reader.producers.listeners = l;
	for (int i = 0; i < options.n_inherited; i++, l++)
		add_listener("inherited socket", listener_inherit(l, i));
	for (size_t i = 0; i < options.n_sockets; i++, l++) {
		const struct place *p = &options.sockets[i];

		add_listener(p->where, p->tcp ? listener_open_tcp(l, p->where) :
		    listener_open(l, p->where, options.mode, options.group));
	}
	if (reader.producers.n_listeners > 0)
		producers_reserve(&reader.producers);
}

static void
report_failure(int *status, const char *name, const char *why)
{
	if (why == NULL)
		return;
	log_error("%s: %s", name, why);
	*status = 2;
}

/* --check-options: reports each socket and file that cannot be opened. */
static int
check_options(void)
{
	int status = 0;

	if (options.n_sockets == 0 && options.group != NULL)
		report_failure(&status, options.group, listener_check(NULL, options.group));
	for (size_t i = 0; i < options.n_sockets; i++) {
		const struct place *p = &options.sockets[i];

		report_failure(&status, p->where, p->tcp ? listener_check_tcp(p->where) :
		    listener_check(p->where, options.group));
	}
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0 && access(options.files[i], R_OK) < 0)
			report_failure(&status, options.files[i], strerror(errno));
	return status;
}

/* The sandbox allows opening the files one by one, and removing the unix sockets at the end. */
static void
confine(void)
{
	struct sandbox sandbox;
	const char *why;

	sandbox_open(&sandbox, 0);
	for (int i = 0; i < options.n_files; i++)
		if (strcmp(options.files[i], "-") != 0)
			sandbox_allow(&sandbox, options.files[i], SANDBOX_READ);
	for (size_t i = 0; i < options.n_sockets; i++)
		if (!options.sockets[i].tcp)
			sandbox_allow(&sandbox, options.sockets[i].where, SANDBOX_REMOVE);
	why = output_confine(&output, &sandbox);
	if (why != NULL)
		log_die("%s", why);
}

static void
open_inputs(void)
{
	struct extract *extract = &reader.payloads.extract;

	reader.buffer = output.buffer;
	payloads_open(&reader.payloads, hash_seed());
	if (options.types != 0)
		reader.payloads.types = options.types;
	extract->now = options.now;
	extract->server = options.server;
	extract->no_client = options.no_client;
	extract->nat64 = options.nat64;
	files_open(&reader.files, options.files, options.n_files);
	open_sockets();
}

int
main(int argc, char **argv)
{
	int status;

	log_open("dnstap-read");
	output.stats.print = print_counters;
	output.dropped = &reader.payloads.extract.dropped;
	parse_options(argc, argv);
	if (options.check_only)
		return check_options();
	if (options.tap != NULL)
		log_require("--tap", options.tap, mirror_open(&output.tap, options.tap));
	loop_signals();
	output_open(&output, EXTRACT_TEXT_MAX);
	open_inputs();
	confine();
	read_inputs();
	status = finish();
	release();
	return status;
}
