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

/*
 * ipcache-serve follows, pulls and imports for other machines. The limits of these three leave
 * slots of the control socket for retag, delete, stats, and the exports by `dnstap-bgp why`.
 */
enum { FOLLOW, PULL, IMPORT, OTHER };

_Static_assert(OTHER < SERVICE_KINDS, "a service has room for the kinds");

static const struct service_kind kinds[] = {
	[FOLLOW] = { 16, "too many clients: 16 run export --follow; try again later" },
	[PULL] = { 16, "too many clients: 16 run export --since; try again later" },
	[IMPORT] = { 16, "too many clients: 16 run import; try again later" },
	[OTHER] = { 0, NULL },
};

static unsigned
kind_of_command(const void *job)
{
	const struct command *c = job;

	if (c->follow)
		return FOLLOW;
	if (c->since_asked)
		return PULL;
	return c->verb == VERB_IMPORT ? IMPORT : OTHER;
}

static bool
command_takes(const void *job)
{
	const struct command *c = job;

	return c->state == COMMAND_TAKES;
}

static bool
command_is_held_up(const void *job)
{
	const struct command *c = job;

	return command_changes(c) && c->host->has_room != NULL && !c->host->has_room();
}

static bool
command_is_done(const void *job)
{
	const struct command *c = job;

	return c->state == COMMAND_DONE;
}

/* A command that changes the cache is completed even if its client disconnects. */
struct service
commands_service(const struct command_host *host)
{
	return (struct service){ .job_size = sizeof(struct command), .line_max = ANSWER_MAX - 1,
	    .step_max = COMMAND_STEP_MAX, .host = host, .open = open_command,
	    .close = command_close, .kinds = kinds, .kind = kind_of_command,
	    .takes = command_takes, .line = command_line, .bad_line = command_bad_line,
	    .end = command_end, .due = command_due, .step = command_step,
	    .is_held_up = command_is_held_up, .outlives_client = command_changes,
	    .is_done = command_is_done };
}
