/*
 * Requests to the control socket of bgp-announce. Each line of a request causes at most one line of
 * the reply, printable and within bounds; the status is last; routes and peers do not change.
 */
#include "bgp/lookup.h"

#include "control/control_reply.h"
#include "fuzz.h"

static const char *
check(void *owner, const struct route *r, struct addr *hop)
{
	(void)owner;
	FUZZ_ASSERT(r->verb == ROUTE_ANNOUNCE);
	*hop = r->prefix.addr;
	return r->prefix.len == 0 ? "a default route is never announced" : NULL;
}

/* Finds 192.0.2.0/24 for each IPv4 prefix in it. */
static bool
find_file_route(void *owner, const struct prefix *p, struct prefix *found, struct addr *hop)
{
	(void)owner;
	FUZZ_ASSERT(prefix_parse(STR("192.0.2.0/24"), found) == NULL);
	*hop = found->addr;
	return p->addr.family == found->addr.family && p->len >= found->len &&
	    prefix_covers(found, &p->addr);
}

static void
check_said(struct buf *out, struct str last)
{
	struct str rest = buf_view(out), line;

	FUZZ_ASSERT(out->len <= CONTROL_REPLY_MAX && rest.n > 0 && rest.p[rest.n - 1] == '\n');
	str_split(&rest, '\n', &line);
	FUZZ_ASSERT(rest.n == 0 && str_is_printable(line));
	FUZZ_ASSERT(last.n == 0 || str_take(&line, last));
	buf_cut(out, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, line;
	struct ribout *rib = ribout_new(1);
	struct neighbors neighbors = { .n = 0 };
	struct lookup_host host = { .rib = rib, .neighbors = &neighbors, .check = check,
	    .find_file_route = find_file_route };
	struct service s = lookup_service(&host);
	struct buf out = BUF(CONTROL_REPLY_MAX);
	uint64_t number = 0;
	struct prefix p;
	void *job = malloc(s.job_size);

	FUZZ_ASSERT(prefix_parse(STR("192.0.2.1/32"), &p) == NULL && ribout_announce(rib, &p, 0));
	str_split(&rest, '\n', &line);
	if (s.open(job, s.host, line, &out) == NULL) {
		while (rest.n > 0 && str_split(&rest, '\n', &line)) {
			if (line.n <= s.line_max)
				s.line(job, line, ++number, 0, &out);
			else
				s.bad_line(job, ++number, "line too long", &out);
			check_said(&out, STR(""));
		}
		s.end(job, &out);
		check_said(&out, STR("!status "));
	}
	FUZZ_ASSERT(ribout_routes(rib, BGP_IPV4) == 1 && ribout_routes(rib, BGP_IPV6) == 0);
	free(job);
	buf_free(&out);
	ribout_free(rib);
	return 0;
}
