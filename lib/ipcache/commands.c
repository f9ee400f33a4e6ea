#include "ipcache/commands.h"

static const char *
open_command(void *job, const void *host, struct str line, struct buf *out)
{
	struct control_proto r;
	const char *why = control_proto_parse(line, &r);

	if (why == NULL)
		command_open(job, host, &r, out);
	return why;
}

static void
close_command(void *job)
{
	command_close(job);
}

/*
 * Peers follow, pull and import through ipcache-serve: all of them together leave slots for retag,
 * delete, stats, and the exports of dnstap-bgp why.
 */
enum { FOLLOW, PULL, IMPORT, OTHER };

_Static_assert(OTHER < SERVICE_KINDS, "a service has room for the kinds");

static const struct service_kind kinds[] = {
	[FOLLOW] = { 16, "too many followers already: 16" },
	[PULL] = { 16, "too many exports since a serial already: 16" },
	[IMPORT] = { 16, "too many imports already: 16" },
	[OTHER] = { 0, NULL },
};

static unsigned
kind(const void *job)
{
	const struct command *c = job;

	if (c->follow)
		return FOLLOW;
	if (c->since_asked)
		return PULL;
	return c->verb == VERB_IMPORT ? IMPORT : OTHER;
}

static bool
takes(const void *job)
{
	const struct command *c = job;

	return c->state == COMMAND_TAKES;
}

static void
give_line(void *job, struct str line, uint64_t number, int64_t now, struct buf *out)
{
	command_line(job, line, number, now, out);
}

static void
give_bad_line(void *job, uint64_t number, const char *why, struct buf *out)
{
	command_bad_line(job, number, why, out);
}

static void
give_end(void *job, struct buf *out)
{
	command_end(job, out);
}

static int64_t
due(const void *job)
{
	return command_due(job);
}

static void
step(void *job, int64_t now, struct buf *out)
{
	command_step(job, now, out);
}

static bool
is_held_up(const void *job)
{
	const struct command *c = job;

	return command_changes(c) && c->host->has_room != NULL && !c->host->has_room();
}

static bool
outlives_client(const void *job)
{
	return command_changes(job);
}

static bool
is_done(const void *job)
{
	const struct command *c = job;

	return c->state == COMMAND_DONE;
}

struct service
commands_service(const struct command_host *host)
{
	return (struct service){ .job_size = sizeof(struct command), .line_max = ANSWER_MAX - 1,
	    .step_max = COMMAND_STEP_MAX, .host = host, .open = open_command,
	    .close = close_command, .kinds = kinds, .kind = kind, .takes = takes,
	    .line = give_line, .bad_line = give_bad_line, .end = give_end, .due = due,
	    .step = step, .is_held_up = is_held_up, .outlives_client = outlives_client,
	    .is_done = is_done };
}
