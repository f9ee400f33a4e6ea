#include "bgp/lookup.h"

#include "control/control_reply.h"
#include "unit.h"

#define PEERS 5

static struct neighbor peers[PEERS];
static struct neighbor *all[PEERS];
static struct neighbors neighbors = { .list = all, .n = PEERS };
static struct lookup_host host;
static struct ribout *rib;
static const char *refusal;

static const char *
check_route(void *owner, const struct route *r, struct addr *hop)
{
	(void)owner;
	ck_assert(addr_parse(r->prefix.addr.family == ADDR_V4 ? STR("192.0.2.9") :
	    STR("2001:db8::9"), hop));
	return refusal;
}

static struct prefix file_prefix;	/* a prefix of length 0: no file has a route */

static bool
find_file_route(void *owner, const struct prefix *p, struct prefix *found, struct addr *hop)
{
	(void)owner;
	*found = file_prefix;
	ck_assert(addr_parse(STR("192.0.2.8"), hop));
	return file_prefix.len > 0 && prefix_covers(&file_prefix, &p->addr);
}

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return p;
}

/* Reads all IPv4 changes for a session. If `accepts`, the routes count as sent to the peer. */
static void
read_all(struct session *s, bool accepts)
{
	struct ribout_change c;

	while (ribout_next(rib, &s->reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c))
		ribout_take(rib, &s->reader, BGP_IPV4, RIBOUT_ANNOUNCED, &c, accepts);
}

/* Creates five peers: no session, IPv6 only, route sent, route withheld, route pending. */
static void
begin_lookup(void)
{
	struct prefix p = prefix("192.0.2.1/32");

	rib = ribout_new(ANY_SEED);
	refusal = NULL;
	host = (struct lookup_host){ .rib = rib, .neighbors = &neighbors, .check = check_route,
	    .find_file_route = find_file_route };
	ck_assert(ribout_announce(rib, &p, 0));
	for (int i = 0; i < PEERS; i++) {
		all[i] = &peers[i];
		peers[i].session = (struct session){ .state = i == 0 ? FSM_ACTIVE : FSM_ESTABLISHED,
		    .families = i == 1 ? BGP_BIT(BGP_IPV6) : BGP_BIT(BGP_IPV4) };
		if (i > 0)
			ribout_attach(rib, &peers[i].session.reader);
	}
	read_all(&peers[2].session, true);
	read_all(&peers[3].session, false);
}

static void
end_lookup(void)
{
	for (int i = 1; i < PEERS; i++)
		ribout_detach(rib, &peers[i].session.reader);
	ribout_free(rib);
}

/* The reply to a request with this line. */
static const char *
answer(const char *line)
{
	static char text[CONTROL_REPLY_MAX + 1];
	struct service s = lookup_service(&host);
	struct buf out = BUF(CONTROL_REPLY_MAX);
	void *job = malloc(s.job_size);

	ck_assert_ptr_null(s.open(job, s.host, STR("bgp-announce 1 route"), &out));
	ck_assert(s.takes(job) && !s.is_done(job));
	s.line(job, str_of(line), 1, 0, &out);
	s.end(job, &out);
	ck_assert(!s.takes(job) && s.is_done(job));
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	buf_free(&out);
	free(job);
	return text;
}

START_TEST(an_announced_route_counts_each_peer_once)
{
	begin_lookup();
	ck_assert_str_eq(answer("192.0.2.1/32 tag=a,b"),
	    "route 192.0.2.1/32 announced next-hop=192.0.2.9 peers=5 sent=1 pending=1 withheld=1 "
	    "no-family=1 no-session=1\n!status 0\n");
	end_lookup();
}
END_TEST

START_TEST(other_routes_are_absent_or_refused)
{
	begin_lookup();
	ck_assert_str_eq(answer("2001:db8::1/128"), "route 2001:db8::1/128 absent\n!status 0\n");
	refusal = "no IPv6 next hop (-n)";
	ck_assert_str_eq(answer("2001:db8::1/128"),
	    "route 2001:db8::1/128 refused no IPv6 next hop (-n)\n!status 0\n");
	end_lookup();
}
END_TEST

START_TEST(a_route_of_a_file_is_found)
{
	begin_lookup();
	file_prefix = prefix("192.0.2.1/32");
	ck_assert_ptr_nonnull(strstr(answer("192.0.2.1/32"), " announced next-hop=192.0.2.8 "));
	file_prefix = prefix("192.0.2.0/24");
	ck_assert_ptr_nonnull(strstr(answer("192.0.2.1/32"), " announced next-hop=192.0.2.9 "));
	ck_assert_ptr_nonnull(strstr(answer("192.0.2.2/32"),
	    "route 192.0.2.2/32 covered by=192.0.2.0/24 next-hop=192.0.2.8 peers=5 "));
	ck_assert_ptr_nonnull(strstr(answer("192.0.3.2/32"), "route 192.0.3.2/32 absent\n"));
	end_lookup();
}
END_TEST

START_TEST(a_bad_line_is_reported_and_the_status_is_2)
{
	begin_lookup();
	ck_assert_ptr_nonnull(strstr(answer("www.example.org"), "!warn line 1: "));
	ck_assert_ptr_nonnull(strstr(answer("www.example.org"), "\n!status 2\n"));
	ck_assert_ptr_nonnull(strstr(answer(""), "\n!status 2\n"));
	end_lookup();
}
END_TEST

START_TEST(unknown_requests_are_refused)
{
	static const char *wrong[] = { "", "bgp-announce", "bgp-announce 1", "bgp-announce 2 route",
	    "bgp-announce 1 route ", "bgp-announce 1 routes", "ipcache 1 stats" };
	struct service s = lookup_service(&host);
	struct buf out = BUF(CONTROL_REPLY_MAX);
	void *job = malloc(s.job_size);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_ptr_nonnull(s.open(job, s.host, str_of(wrong[i]), &out));
	ck_assert_uint_eq(out.len, 0);
	free(job);
	buf_free(&out);
}
END_TEST

UNIT_MAIN("lookup", an_announced_route_counts_each_peer_once, other_routes_are_absent_or_refused,
    a_route_of_a_file_is_found, a_bad_line_is_reported_and_the_status_is_2,
    unknown_requests_are_refused)
