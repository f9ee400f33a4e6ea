/*
 * A command at work on a cache: export, import, retag, delete or stats, without a descriptor, in
 * bounded steps, with the time passed in. A `run` has one command for each client of its control
 * socket; without a run, the program has one for itself. Both behave and report the same.
 *
 * Commands append the lines of a reply (control_reply.h) to `out`, at most COMMAND_STEP_MAX bytes a
 * call. The functions are those of a service (service.h), hence `void *`: a struct command.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "cache/cache.h"
#include "ipcache/control_proto.h"
#include "ipcache/selector.h"
#include "ipcache/serial.h"

#define COMMAND_STEP_MAX (ANSWER_MAX + CONTROL_REPLY_MAX)
#define COMMAND_WORDS_MAX 4096	/* selectors of delete and export */

struct command_host {
	struct cache *cache;
	uint64_t run;		/* the RUN of its serials; 0: not a run, without a history */
	const char *life;	/* the text of LIFE */
	/* Appends what stats reports about a run: lines `key value`; or NULL. */
	void (*count)(struct buf *out);
	/* Whether the output has room for the change of a route; NULL: always. */
	bool (*has_room)(void);
};

enum command_state {
	COMMAND_TAKES,	/* waits for a line, or the end of the lines */
	COMMAND_WORKS,	/* needs command_step */
	COMMAND_FOLLOWS,	/* needs command_step at the time of command_due */
	COMMAND_DONE,	/* the status has been appended */
};

struct command {
	const struct command_host *host;	/* not owned */
	enum verb verb;
	bool since_asked, follow;
	enum command_state state;
	int status;

	uint64_t lines, bad;
	const struct kind *kind;	/* of an input other than answers; or NULL */
	uint64_t results[CACHE_RESULTS];	/* of import */
	uint64_t retagged, deleted, unknown, outdated, too_long;	/* of retag */

	struct selector_set words;	/* of delete and export */

	uint32_t at;		/* the place of the next pair in a walk over the cache */
	struct cache_reader reader;	/* of --since and --follow */
	bool reading;		/* `reader` is attached */
	bool sought;		/* `reader` is at its first change */
	uint64_t since, until;	/* the epochs of the wanted changes; a follower has no end */
	/* --follow: lines after the last serial; the times of the next lines and the last serial */
	bool unsaid;
	int64_t round_at, serial_at;

	int64_t oldest, newest;	/* of stats: TIME; -1: no pair was counted */
	uint64_t v4, v6;	/* of stats: pairs by address family */
};

/* Begins. `host` must outlive the command; the text of the request need not. */
void command_open(struct command *c, const struct command_host *host, const struct control_proto *r,
    struct buf *out);

/* While it takes: a line without its LF, and its number from 1. `now` is wall time. */
void command_line(void *command, struct str line, uint64_t number, int64_t now, struct buf *out);

/* While it takes: a line that could not be read, and why. */
void command_bad_line(void *command, uint64_t number, const char *why, struct buf *out);

/* While it takes: the end of the lines. */
void command_end(void *command, struct buf *out);

/* When command_step must be called next, monotonic: 0 now, NEVER not before a line or a change. */
int64_t command_due(const void *command);

/* A bounded part of the work. `now` is monotonic. */
void command_step(void *command, int64_t now, struct buf *out);

/* The command can change the cache, so it must wait until the output has room for routes. */
bool command_changes(const void *command);

/* In any state. */
void command_close(void *command);

#endif
