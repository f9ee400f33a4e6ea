/*
 * bgp-announce: announces the routes of route lines to BGP peers.
 *
 * The table `known` maps the options to members of one `struct speaker`. Peers may be in a file,
 * which is parsed inside a sandbox; then a second sandbox allows only the ports and password files
 * that the peers need.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "bgp/addrkind.h"
#include "bgp/bgptext.h"
#include "bgp/speaker.h"
#include "control/control_client.h"
#include "io/owner.h"

static struct speaker speaker;
static bool dry_run, check_only;

static const char usage[] =
    "usage: bgp-announce -a AS -i ROUTER-ID [-n NEXT-HOP]... [-f PEERS] [PEER ...]\n"
    "Reads route lines from stdin and announces the routes to BGP peers.\n"
    "PEER is ADDRESS[,KEY=VALUE]... with as, port, source, hops, gtsm, device,\n"
    "password-file, tags, export, retry-max, gate, settle: see the manual page.\n"
    "  -a, --as AS              set the local AS number\n"
    "  -i, --router-id ID       set the BGP identifier, an IPv4 address\n"
    "  -n, --next-hop ADDRESS   set the next hop of IPv4 or IPv6 routes (one of each)\n"
    "  -f, --peers FILE         read more peers from FILE: one per line, fields\n"
    "                           separated by spaces\n"
    "  -t, --hold-time SECONDS  propose a hold time of 0 (none), or 3 to 65535 [90]\n"
    "  -r, --restart-time SECONDS\n"
    "                           ask peers to retain the routes for 0 (never) to 4095\n"
    "                           seconds after a lost session (RFC 4724) [120]\n"
    "  -q, --quiet TIME         treat TIME without input as end-of-rib [off]\n"
    "  -e, --on-eof hold|exit|withdraw|retain\n"
    "                           at the end of stdin, wait for a signal (hold), exit\n"
    "                           when all peers have all routes (exit), or exit\n"
    "                           immediately and withdraw or retain the routes [hold]\n"
    "  -o, --on-exit withdraw|retain\n"
    "                           at exit, withdraw the routes, or let the peers retain\n"
    "                           them for the time of -r [withdraw]\n"
    "  -m, --message TEXT       send TEXT to the peers at exit (RFC 9003) [none]\n"
    "  -A, --all KEY=VALUE,...  set attributes of all routes: next-hop, med,\n"
    "                           local-pref, prepend, origin, community,\n"
    "                           ext-community, large-community\n"
    "  -T, --tag TAG:KEY=VALUE,...\n"
    "                           set attributes of the routes with this tag\n"
    "  -x, --extended-next-hop  use the IPv6 next hop for IPv4 routes (RFC 8950)\n"
    "  -M, --max-routes N       announce at most N IPv4 and IPv6 routes [no limit]\n"
    "      --routes FILE        also announce the routes of FILE, which has announce\n"
    "                           lines; may be repeated\n"
    "      --allow-covering     accept prefixes that contain a next hop or a peer\n"
    "      --retry-max TIME     limit the pause between two attempts to connect [2m]\n"
    "      --ack FIFO           return barriers on FIFO when the routes before them are at\n"
    "                           the peers (repeatable) [none]\n"
    "      --check-options      check the options and the files they name, and exit\n"
    "      --control SOCKET     listen on this unix socket for --ask [none]\n"
    "      --ask SOCKET         query the bgp-announce that listens on SOCKET: read\n"
    "                           prefixes from stdin, print the state of their routes\n"
    "  -d, --dry-run            print the UPDATEs and send nothing\n"
    "  -S, --stats FILE         write counters to FILE every 10 s [none]\n"
    "  -h, --help               print this help\n"
    "  -V, --version            print the version\n"
    "Prints a status line for each event of a session. SIGHUP reads PEERS and\n"
    "the files of --routes again, SIGUSR2 connects now to all peers without a\n"
    "session.\n"
    "See bgp-announce(1) and dnstap-route(5).\n";

static const char *
set_as(const char *text)
{
	return peer_config_as_parse(str_of(text), &speaker.us.open.as) ? NULL :
	    "not an AS number; write 1 to 4294967295 (not the reserved 23456) without \"AS\"";
}

static const char *
set_router_id(const char *text)
{
	struct addr a;

	if (!addr_parse(str_of(text), &a) || a.family != ADDR_V4)
		return "not a router ID; write an IPv4 address, as in 192.0.2.10";
	speaker.us.open.id = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 |
	    (uint32_t)a.bytes[2] << 8 | a.bytes[3];
	return speaker.us.open.id != 0 ? NULL : "the router ID cannot be 0 (RFC 6286)";
}

/* A link-local address is sent in addition to the global IPv6 address (RFC 2545), or alone. */
static const char *
set_next_hop(const char *text)
{
	struct addr a, *to;

	if (!addr_parse(str_of(text), &a))
		return "not a next hop; write an IPv4 or IPv6 address that routers can reach";
	if (!addrkind_is_unicast(&a) && !addr_is_link_local(&a))
		log_die("%s: %s cannot be a next hop", text, addrkind_name(addrkind_of(&a)));
	to = addr_is_link_local(&a) ? &speaker.us.link_local :
	    &speaker.us.next_hop[bgp_family(a.family)];
	if (to->family != ADDR_NONE)
		return a.family == ADDR_V4 ? "a second IPv4 next hop; give only one" :
		    "a second IPv6 next hop; give only one";
	*to = a;
	return NULL;
}

static const char *
set_hold_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), UINT16_MAX, &seconds) ||
	    (seconds != 0 && seconds < BGP_HOLD_MIN))
		return "not a hold time; write 0, or 3 to 65535 seconds";
	speaker.us.open.hold = (uint16_t)seconds;
	return NULL;
}

static const char *
set_restart_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), BGP_RESTART_MAX, &seconds))
		return "not a restart time; write 0 to 4095 seconds";
	speaker.us.open.restart = speaker.us.open.notification = seconds > 0;
	speaker.us.open.restart_time = (uint16_t)seconds;
	return NULL;
}

static const char *
set_quiet(const char *text)
{
	const char *why = clock_span_parse(str_of(text), &speaker.quiet);

	return why != NULL || speaker.quiet > 0 ? why : "must be greater than zero";
}

/* Parses the name of a speaker_end. The values before `first` are refused. */
static bool
parse_end(const char *text, enum speaker_end first, enum speaker_end *end)
{
	static const char *const names[] = { "hold", "exit", "withdraw", "retain" };

	for (*end = first; *end <= SPEAKER_RETAIN; ++*end)
		if (strcmp(text, names[*end]) == 0)
			return true;
	return false;
}

static const char *
set_on_eof(const char *text)
{
	return parse_end(text, SPEAKER_HOLD, &speaker.on_eof) ? NULL :
	    "unknown action; write hold, exit, withdraw or retain";
}

static const char *
set_on_exit(const char *text)
{
	return parse_end(text, SPEAKER_WITHDRAW, &speaker.on_exit) ? NULL :
	    "unknown action; write withdraw or retain";
}

static const char *
set_farewell(const char *text)
{
	speaker.farewell = str_of(text);
	if (speaker.farewell.n > BGP_WORDS_MAX)
		return "message longer than 255 bytes (RFC 9003)";
	return utf8_is_plain(speaker.farewell) ? NULL :
	    "message with a control character, or not in UTF-8 (RFC 9003)";
}

static const char *
set_all(const char *text)
{
	struct attrs attrs;
	const char *why = attrs_parse(str_of(text), &attrs);

	return why != NULL ? why : attrs_merge(&speaker.policy.all, &attrs);
}

static const char *
set_tag(const char *text)
{
	return policy_tag(&speaker.policy, str_of(text));
}

static const char *
set_max_routes(const char *text)
{
	uint32_t *max = &speaker.originate.max_routes;

	return num_parse(str_of(text), UINT32_MAX, max) && *max > 0 ? NULL :
	    "not a number of routes; write a number from 1 to 4294967295";
}

static const char *
add_routes(const char *path)
{
	return route_files_add(&speaker.files, path);
}

static const char *
set_next_hop6(const char *none)
{
	(void)none;
	speaker.us.open.next_hop6 = speaker.policy.next_hop6 = true;
	return NULL;
}

static const char *
set_stats(const char *path)
{
	return stats_keep(&speaker.stats, path);
}

static const char *
add_ack(const char *path)
{
	return barriers_add(&speaker.barriers, path);
}

static const char *
ask(const char *path)
{
	const struct control_client dialog = { .opening = LOOKUP_REQUEST,
	    .line_max = LOOKUP_LINE_MAX, .sends_stdin = true, .prints = true,
	    .cut = "bgp-announce exited before it finished the reply; try again" };
	const char *why = owner_become(path);
	int fd;

	if (why != NULL)
		return why;
	if ((fd = control_client_connect(path)) < 0)
		return strerror(errno);
	exit(control_client_run(&dialog, fd));
}

static const char *
set_retry_max(const char *text)
{
	return peer_config_retry_max_parse(str_of(text), &speaker.neighbors.retry_max) ? NULL :
	    PEER_CONFIG_RETRY_MAX_WRONG;
}

static const char *
print_usage(const char *none)
{
	(void)none;
	fputs(usage, stdout);
	exit(0);
}

static const char *
print_version(const char *none)
{
	(void)none;
	puts("bgp-announce " VERSION);
	exit(0);
}

/* `set` parses the value and returns NULL or the reason. Without `set`, *text or *flag is set. */
static const struct {
	const char *name;
	char letter;			/* 0: none */
	bool has_value;
	const char *(*set)(const char *value);
	const char **text;
	bool *flag;
} known[] = {
	{ "ack", 0, true, add_ack, NULL, NULL },
	{ "all", 'A', true, set_all, NULL, NULL },
	{ "allow-covering", 0, false, NULL, NULL, &speaker.originate.allow_covering },
	{ "as", 'a', true, set_as, NULL, NULL },
	{ "ask", 0, true, ask, NULL, NULL },
	{ "check-options", 0, false, NULL, NULL, &check_only },
	{ "control", 0, true, NULL, &speaker.control_path, NULL },
	{ "dry-run", 'd', false, NULL, NULL, &dry_run },
	{ "extended-next-hop", 'x', false, set_next_hop6, NULL, NULL },
	{ "help", 'h', false, print_usage, NULL, NULL },
	{ "hold-time", 't', true, set_hold_time, NULL, NULL },
	{ "max-routes", 'M', true, set_max_routes, NULL, NULL },
	{ "message", 'm', true, set_farewell, NULL, NULL },
	{ "next-hop", 'n', true, set_next_hop, NULL, NULL },
	{ "on-eof", 'e', true, set_on_eof, NULL, NULL },
	{ "on-exit", 'o', true, set_on_exit, NULL, NULL },
	{ "peers", 'f', true, NULL, &speaker.peers_path, NULL },
	{ "quiet", 'q', true, set_quiet, NULL, NULL },
	{ "restart-time", 'r', true, set_restart_time, NULL, NULL },
	{ "retry-max", 0, true, set_retry_max, NULL, NULL },
	{ "router-id", 'i', true, set_router_id, NULL, NULL },
	{ "routes", 0, true, add_routes, NULL, NULL },
	{ "stats", 'S', true, set_stats, NULL, NULL },
	{ "tag", 'T', true, set_tag, NULL, NULL },
	{ "version", 'V', false, print_version, NULL, NULL },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static void
set_option(size_t i, const char *value)
{
	const char *why = known[i].set != NULL ? known[i].set(value) : NULL;

	if (why != NULL)
		log_die("%s: %s", value, why);
	if (known[i].text != NULL)
		*known[i].text = value;
	if (known[i].flag != NULL)
		*known[i].flag = true;
}

/* getopt_long(3) returns a letter, or for a long option UINT8_MAX + 1 + the index in `known`. */
static void
set_options(int argc, char **argv)
{
	struct option options[KNOWN + 1] = { 0 };
	char letters[2 * KNOWN + 1] = "", *end = letters;
	int c;

	for (size_t i = 0; i < KNOWN; i++) {
		options[i] = (struct option){ known[i].name, known[i].has_value, NULL,
		    UINT8_MAX + 1 + (int)i };
		if (known[i].letter != 0)
			end += sprintf(end, "%c%s", known[i].letter, known[i].has_value ? ":" : "");
	}
	while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		size_t i = c > UINT8_MAX ? (size_t)c - UINT8_MAX - 1 : 0;

		while (c <= UINT8_MAX && i < KNOWN && known[i].letter != c)
			i++;
		if (i == KNOWN)
			log_try_help();
		set_option(i, optarg);
	}
}

static void
parse_arguments(int argc, char **argv)
{
	struct open *open = &speaker.us.open;
	const char *why;

	set_options(argc, argv);
	if (open->as == 0 && !check_only)
		log_misuse("no AS number given (-a)");
	if (open->id == 0 && !check_only)
		log_misuse("no router ID given (-i)");
	/* Traffic does not pass through bgp-announce, so forwarding state is always preserved. */
	open->families = open->restart_families = open->kept =
	    originate_families(&speaker.originate);
	for (; optind < argc; optind++)
		if ((why = neighbors_add(&speaker.neighbors, str_of(argv[optind]))) != NULL)
			log_die("%s: %s", argv[optind], why);
	if (speaker.neighbors.n == 0 && speaker.peers_path == NULL && !dry_run && !check_only)
		log_misuse("no PEER given");
}

static void
read_peers(void)
{
	unsigned long line;
	const char *why;

	if (speaker.peers_path == NULL)
		return;
	why = neighbors_read(&speaker.neighbors, speaker.peers_path, &line);
	if (why != NULL && line > 0)
		log_die("%s:%lu: %s", speaker.peers_path, line, why);
	if (why != NULL)
		log_die("%s: %s", speaker.peers_path, why);
}

static void
print_counters(FILE *to)
{
	speaker_print_stats(&speaker, to);
}

static void
stop_listening(void)
{
	control_close(&speaker.control);
}

static void
open_speaker(void)
{
	const char *why = barriers_open(&speaker.barriers);

	if (why != NULL)
		log_die("--ack %s", why);
	if ((why = speaker_open(&speaker)) != NULL)
		log_die("--control %s: %s", speaker.control_path, why);
	if (speaker.control_path != NULL)
		atexit(stop_listening);
}

static void
require_confined(const char *why)
{
	if (why != NULL)
		log_die("%s", why);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("bgp-announce");
	speaker_init(&speaker);
	speaker.stats.print = print_counters;
	parse_arguments(argc, argv);
	if (!check_only)
		open_speaker();
	require_confined(speaker_confine(&speaker, dry_run));
	read_peers();
	if (check_only)
		return route_files_check(&speaker.files, &speaker.originate) ? 0 : 2;
	require_confined(speaker_confine_to_peers(&speaker, dry_run));
	speaker_protect(&speaker);
	if (!speaker_read_files(&speaker))
		log_die("--routes: correct the files named above");
	status = dry_run ? speaker_dry_run(&speaker) : speaker_run(&speaker);
	speaker_free(&speaker);
	return status;
}
