/*
 * A job is one request of a client. Each line is answered when it arrives: the verb `announce` is
 * put before the line, then the line is parsed. So a job needs memory for only one line and cannot
 * delay a session. A bad line is reported with its number and sets the client's exit status to 2;
 * the other lines are answered.
 */
#include "bgp/lookup.h"

#include "bgp/bgptext.h"
#include "control/control_reply.h"

#define VERB STR("announce ")

struct job {
	const struct lookup_host *host;	/* not owned */
	int status;
	bool done;
};

enum verdict { SENT, PENDING, WITHHELD, NO_FAMILY, NO_SESSION, VERDICTS };

static enum verdict
verdict_of(const struct lookup_host *host, const struct session *s, const struct prefix *p)
{
	enum bgp_family family = bgp_family(p->addr.family);

	if (s->state != FSM_ESTABLISHED)
		return NO_SESSION;
	if (!(s->families & BGP_BIT(family)))
		return NO_FAMILY;
	if (ribout_was_sent(host->rib, &s->reader, p))
		return SENT;
	return ribout_pending(host->rib, &s->reader, family) > 0 ? PENDING : WITHHELD;
}

static void
put_peers(const struct lookup_host *host, const struct prefix *p, struct buf *out)
{
	static const char *const keys[] = {
		[SENT] = "sent", [PENDING] = "pending", [WITHHELD] = "withheld",
		[NO_FAMILY] = "no-family", [NO_SESSION] = "no-session",
	};
	size_t n[VERDICTS] = { 0 };

	for (size_t i = 0; i < host->neighbors->n; i++)
		n[verdict_of(host, &host->neighbors->list[i]->session, p)]++;
	bgptext_count(out, "peers", host->neighbors->n);
	for (int v = 0; v < VERDICTS; v++)
		bgptext_count(out, keys[v], n[v]);
}

static void
put_announced(const struct lookup_host *host, const struct prefix *p, const struct addr *hop,
    struct buf *out)
{
	char text[ADDR_STRLEN];

	if (hop->family != ADDR_NONE) {
		bgptext_key(out, "next-hop");
		buf_put(out, text, addr_format(hop, text));
	}
	put_peers(host, p, out);
}

static void
put_answer(const struct lookup_host *host, const struct route *r, struct buf *out)
{
	struct addr hop = { .family = ADDR_NONE }, file_hop;
	const char *why = host->check(host->owner, r, &hop);
	struct prefix found;
	bool in_file = host->find_file_route(host->owner, &r->prefix, &found, &file_hop);
	char text[PREFIX_STRLEN];

	buf_str(out, STR("route "));
	buf_put(out, text, prefix_format(&r->prefix, text));
	if (ribout_has(host->rib, &r->prefix)) {
		buf_str(out, STR(" announced"));
		put_announced(host, &r->prefix, in_file && found.len == r->prefix.len ?
		    &file_hop : &hop, out);
	} else if (in_file) {
		buf_str(out, STR(" covered by="));
		buf_put(out, text, prefix_format(&found, text));
		put_announced(host, &found, &file_hop, out);
	} else if (why == NULL) {
		buf_str(out, STR(" absent"));
	} else {
		buf_str(out, STR(" refused "));
		buf_str(out, str_of(why));
	}
	buf_byte(out, '\n');
}

static const char *
open_job(void *job, const void *host, struct str request, struct buf *out)
{
	(void)out;
	*(struct job *)job = (struct job){ .host = host };
	if (!str_take(&request, STR("bgp-announce 1 route")) || request.n > 0)
		return "unknown request; use the same version of bgp-announce on both sides";
	return NULL;
}

static void
reply_to_bad_line(void *job, uint64_t number, const char *why, struct buf *out)
{
	struct job *j = job;

	control_reply_warn(out, "line %llu: %s", (unsigned long long)number, why);
	j->status = 2;
}

static void
reply_to_line(void *job, struct str line, uint64_t number, int64_t now, struct buf *out)
{
	const struct job *j = job;
	struct buf text = BUF(ROUTE_MAX);
	struct route r;
	const char *why;

	(void)now;
	buf_str(&text, VERB);
	buf_str(&text, line);
	why = route_parse(buf_view(&text), &r);
	if (why != NULL)
		reply_to_bad_line(job, number, why, out);
	else
		put_answer(j->host, &r, out);
	buf_free(&text);
}

static void
reply_end(void *job, struct buf *out)
{
	struct job *j = job;

	control_reply_status(out, j->status);
	j->done = true;
}

static bool
has_ended(const void *job)
{
	return ((const struct job *)job)->done;
}

static bool
wants_lines(const void *job)
{
	return !has_ended(job);
}

struct service
lookup_service(const struct lookup_host *host)
{
	return (struct service){ .job_size = sizeof(struct job),
	    .line_max = ROUTE_MAX - VERB.n - 1, .step_max = CONTROL_REPLY_MAX, .host = host,
	    .open = open_job, .takes = wants_lines, .line = reply_to_line,
	    .bad_line = reply_to_bad_line, .end = reply_end, .is_done = has_ended };
}
