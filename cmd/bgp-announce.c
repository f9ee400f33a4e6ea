/*
 * bgp-announce: announces by BGP the routes that it reads.
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
#include "bgp/confine.h"
#include "bgp/speaker.h"
#include "control/control_client.h"
#include "io/owner.h"

static struct speaker speaker;
static bool dry_run, check_only;

static const char usage[] =
    "usage: bgp-announce -a AS -i ROUTER-ID [-n NEXT-HOP]... [-f PEERS] [PEER ...]\n"
    "Announces by BGP the routes whose lines come on stdin.\n"
    "PEER is ADDRESS[,KEY=VALUE]... with as, port, source, hops, gtsm, device,\n"
    "password-file, tags, export, retry-max: see the manual page.\n"
    "  -a, --as AS              our AS number\n"
    "  -i, --router-id ID       our BGP identifier, as an IPv4 address\n"
    "  -n, --next-hop ADDRESS   next hop of the routes of its family; once a family\n"
    "  -f, --peers FILE         more peers, one a line, their words parted by spaces\n"
    "  -t, --hold-time SECONDS  0, or 3 to 65535 (90)\n"
    "  -r, --restart-time SECONDS\n"
    "                           graceful restart: how long peers keep our routes while\n"
    "                           we are away, 0 (not at all) to 4095 (120)\n"
    "  -q, --quiet TIME         stdin that says nothing for so long has said end-of-rib\n"
    "  -e, --on-eof hold|exit|withdraw|retain\n"
    "                           at the end of stdin stay until a signal (hold), end as\n"
    "                           soon as all peers have everything (exit), or end at\n"
    "                           once as --on-exit has it\n"
    "  -o, --on-exit withdraw|retain\n"
    "                           at the end take the routes away, or leave them to\n"
    "                           graceful restart\n"
    "  -m, --message TEXT       tell the peers why, when the routes go\n"
    "  -A, --all KEY=VALUE,...  attributes of all routes: next-hop, med, local-pref,\n"
    "                           prepend, origin, community, ext-community,\n"
    "                           large-community\n"
    "  -T, --tag TAG:KEY=VALUE,...\n"
    "                           attributes of routes that have this tag\n"
    "  -x, --extended-next-hop  IPv4 routes without an IPv4 next hop go by the IPv6 one\n"
    "  -M, --max-routes N       announce at most N routes, of both families together\n"
    "      --allow-covering     take prefixes in which a next hop or a peer lies\n"
    "      --retry-max TIME     longest pause between two attempts to connect (2m)\n"
    "      --check-options      check the options and their files, and exit\n"
    "      --control SOCKET     answer --ask at this unix socket\n"
    "      --ask SOCKET         print what became of the routes whose prefixes come on\n"
    "                           stdin, as the bgp-announce at SOCKET has it\n"
    "  -d, --dry-run            print the UPDATEs and send nothing\n"
    "  -S, --stats FILE         keep counters in FILE\n"
    "  -h, --help               show this\n"
    "  -V, --version            show the version\n"
    "Status goes to stdout, a line an event; HUP reads PEERS again, USR2 tries all peers\n"
    "now.\n"
    "See bgp-announce(1) and dnstap-route(5).\n";

static void
set_as(const char *text)
{
	const char *number = strncasecmp(text, "AS", 2) == 0 ? text + 2 : "";

	if (peer_config_as_parse(str_of(text), &speaker.us.open.as))
		return;
	if (!peer_config_as_parse(str_of(number), &speaker.us.open.as))
		number = "a number from 1 to 4294967295, but not 23456";
	log_die("%s: not an AS number; write %s", text, number);
}

static void
set_router_id(const char *text)
{
	struct addr a;

	if (!addr_parse(str_of(text), &a) || a.family != ADDR_V4)
		log_die("%s: not a router ID; write an IPv4 address, as in 192.0.2.10", text);
	speaker.us.open.id = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 |
	    (uint32_t)a.bytes[2] << 8 | a.bytes[3];
	if (speaker.us.open.id == 0)
		log_die("%s: a router ID is not 0 (RFC 6286)", text);
}

/* One for each family, and a link-local address beside the IPv6 one or in its place. */
static void
set_next_hop(const char *text)
{
	struct addr a, *to;

	if (!addr_parse(str_of(text), &a))
		log_die("%s: not a next hop; write an IPv4 or IPv6 address that routers can reach",
		    text);
	if (!attrs_can_be_next_hop(&a) && !addr_is_link_local(&a))
		log_die("%s: %s cannot be a next hop", text, addrkind_name(addrkind_of(&a)));
	to = addr_is_link_local(&a) ? &speaker.us.link_local :
	    &speaker.us.next_hop[bgp_family(a.family)];
	if (to->family != ADDR_NONE)
		log_die("%s: a second next hop for %s", text, bgptext_family(bgp_family(a.family)));
	*to = a;
}

static void
set_hold_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), UINT16_MAX, &seconds) ||
	    (seconds != 0 && seconds < BGP_HOLD_MIN))
		log_die("%s: the hold time is 0, or 3 to 65535 seconds", text);
	speaker.us.open.hold = (uint16_t)seconds;
}

/*
 * Graceful restart: the next hops go on forwarding whether we are here or not, so the state is
 * always kept.
 */
static void
set_restart_time(const char *text)
{
	uint32_t seconds;

	if (!num_parse(str_of(text), BGP_RESTART_MAX, &seconds))
		log_die("%s: the restart time is 0 to %u seconds", text, BGP_RESTART_MAX);
	speaker.us.open.restart = speaker.us.open.notification = seconds > 0;
	speaker.us.open.restart_time = (uint16_t)seconds;
}

static void
set_quiet(const char *text)
{
	const char *why = clock_span_parse(str_of(text), &speaker.quiet);

	if (why != NULL || speaker.quiet == 0)
		log_die("%s: %s", text, why != NULL ? why : "must be greater than zero");
}

/* One of these words from `first` on. */
static enum speaker_end
read_ending(const char *option, const char *text, enum speaker_end first)
{
	static const char *const names[] = { "hold", "exit", "withdraw", "retain" };

	for (enum speaker_end e = first; e <= SPEAKER_RETAIN; e++)
		if (strcmp(text, names[e]) == 0)
			return e;
	log_die("%s: %s is %swithdraw or retain", text, option,
	    first == SPEAKER_HOLD ? "hold, exit, " : "");
}

static void
set_on_eof(const char *text)
{
	speaker.on_eof = read_ending("--on-eof", text, SPEAKER_HOLD);
}

static void
set_on_exit(const char *text)
{
	speaker.on_exit = read_ending("--on-exit", text, SPEAKER_WITHDRAW);
}

static void
set_farewell(const char *text)
{
	speaker.farewell = str_of(text);
	if (speaker.farewell.n > BGP_WORDS_MAX)
		log_die("--message: more than %u bytes (RFC 9003)", BGP_WORDS_MAX);
	if (!utf8_is_plain(speaker.farewell))
		log_die("--message: not UTF-8, or a control character in it (RFC 9003)");
}

static void
set_all(const char *text)
{
	struct attrs attrs;
	const char *why = attrs_parse(str_of(text), &attrs);

	if (why == NULL)
		why = attrs_merge(&speaker.policy.all, &attrs);
	if (why != NULL)
		log_die("--all %s: %s", text, why);
}

static void
set_tag(const char *text)
{
	const char *why = policy_tag(&speaker.policy, str_of(text));

	if (why != NULL)
		log_die("--tag %s: %s", text, why);
}

static void
set_max_routes(const char *text)
{
	uint32_t *max = &speaker.originate.max_routes;

	if (!num_parse(str_of(text), UINT32_MAX, max) || *max == 0)
		log_die("%s: --max-routes is a number from 1", text);
}

static void
set_next_hop6(const char *none)
{
	(void)none;
	speaker.us.open.next_hop6 = speaker.policy.next_hop6 = true;
}

static void
set_stats(const char *path)
{
	const char *why = stats_keep(&speaker.stats, path);

	if (why != NULL)
		log_die("--stats %s: %s", path, why);
}

static void
ask(const char *path)
{
	const struct control_client dialog = {.opening = LOOKUP_REQUEST,
	    .line_max = LOOKUP_LINE_MAX,
	    .sends_stdin = true,
	    .prints = true,
	    .cut = "bgp-announce has ended before it had answered"};
	const char *why = owner_become(path);
	int fd;

	if (why != NULL)
		log_die("%s: %s", path, why);
	if ((fd = control_client_connect(path)) < 0)
		log_die("%s: %s", path, strerror(errno));
	exit(control_client_run(&dialog, fd));
}

static void
set_retry_max(const char *text)
{
	const char *why = peer_config_retry_max_parse(str_of(text), &speaker.neighbors.retry_max);

	if (why != NULL)
		log_die("%s: %s", text, why);
}

static void
show_usage(const char *none)
{
	(void)none;
	fputs(usage, stdout);
	exit(0);
}

static void
show_version(const char *none)
{
	(void)none;
	puts("bgp-announce " VERSION);
	exit(0);
}

/* An option has a value, which is passed to `set` or stored in *text, or is a flag in *flag. */
static const struct {
	const char *name;
	char letter;			/* 0: none */
	bool has_value;
	void (*set)(const char *value);
	const char **text;
	bool *flag;
} known[] = {
	{ "all", 'A', true, set_all, NULL, NULL },
	{ "allow-covering", 0, false, NULL, NULL, &speaker.originate.allow_covering },
	{ "as", 'a', true, set_as, NULL, NULL },
	{ "ask", 0, true, ask, NULL, NULL },
	{ "check-options", 0, false, NULL, NULL, &check_only },
	{ "control", 0, true, NULL, &speaker.control_path, NULL },
	{ "dry-run", 'd', false, NULL, NULL, &dry_run },
	{ "extended-next-hop", 'x', false, set_next_hop6, NULL, NULL },
	{ "help", 'h', false, show_usage, NULL, NULL },
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
	{ "stats", 'S', true, set_stats, NULL, NULL },
	{ "tag", 'T', true, set_tag, NULL, NULL },
	{ "version", 'V', false, show_version, NULL, NULL },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

static void
set_option(size_t i, const char *value)
{
	if (known[i].set != NULL)
		known[i].set(value);
	else if (known[i].text != NULL)
		*known[i].text = value;
	else
		*known[i].flag = true;
}

/* For getopt_long(3), an option returns its place in the table, or its letter. */
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
parse_options(int argc, char **argv)
{
	struct open *open = &speaker.us.open;
	const char *why;

	set_options(argc, argv);
	if (open->as == 0 && !check_only)
		log_misuse("no AS number given (-a)");
	if (open->id == 0 && !check_only)
		log_misuse("no router ID given (-i)");
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

/* At any exit, so that no socket is left behind. */
static void
stop_listening(void)
{
	speaker_stop_listening(&speaker);
}

static void
open_speaker(void)
{
	const char *why = speaker_open(&speaker);

	if (why != NULL)
		log_die("--control %s: %s", speaker.control_path, why);
	if (speaker.control_path != NULL)
		atexit(stop_listening);
}

int
main(int argc, char **argv)
{
	int status;

	log_open("bgp-announce");
	speaker_init(&speaker);
	speaker.stats.print = print_counters;
	parse_options(argc, argv);
	if (!check_only)
		open_speaker();
	confine_reading(&speaker, dry_run);
	read_peers();
	if (check_only)
		return 0;
	confine_to_peers(&speaker, dry_run);
	speaker_protect(&speaker);
	status = dry_run ? speaker_dry_run(&speaker) : speaker_run(&speaker);
	speaker_free(&speaker);
	return status;
}
