/*
 * A command at work on a cache: export, import, retag, delete or stats, without a descriptor, a
 * bounded step at a time, and with the time passed in. A `run` has one for each connection to its
 * control socket; where there is no run, the program that was asked has one for itself. So both do
 * the same and say the same.
 *
 * What it has to say are the lines of an answer (control_reply.h), appended to `out`; a step
 * appends COMMAND_STEP_MAX bytes at most.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "cache/cache.h"
#include "ipcache/census.h"
#include "ipcache/control_proto.h"
#include "ipcache/selectors.h"
#include "ipcache/serial.h"

#define COMMAND_STEP_MAX (ANSWER_MAX + CONTROL_REPLY_MAX)
#define COMMAND_WORDS_MAX 4096	/* of delete and export */

/* Whose cache it is. */
struct command_host {
	struct cache *cache;
	/* Whose history its serials tell; 0: it has none, and nothing to follow. */
	uint64_t run;
	const char *life;		/* for people */
	/* Appends what stats has to say of a run: lines `key value`; or NULL. */
	void (*count)(struct buf *out);
	/* Whether another change of a route can be told now; NULL: always. */
	bool (*has_room)(void);
};

enum command_state {
	COMMAND_TAKES,	/* the next line, or the end of them, is to be given */
	COMMAND_WORKS,	/* command_step has something to do */
	COMMAND_FOLLOWS,	/* it has, when command_due says so */
	COMMAND_DONE,	/* the status has been said */
};

struct command {
	const struct command_host *host;	/* not owned */
	enum verb verb;
	bool since_asked, follow;
	enum command_state state;
	int status;

	uint64_t lines, bad;
	const struct kind *kind;	/* of stdin, where it cannot be answers */
	uint64_t results[CACHE_RESULTS];	/* of import */
	uint64_t retagged, deleted, unknown, outdated, too_long;	/* of retag */

	struct selectors words;	/* of delete and export */

	/* The place of the pair that the walk over the cache looks at next. */
	uint32_t at;
	struct cache_reader reader;	/* of --since and --follow */
	bool reading;		/* it is attached */
	bool sought;		/* and where it begins to read */
	/* The epochs between which changes are wanted; a follower has no end. */
	uint64_t since, until;
	bool unsaid;		/* of --follow: lines were written since the last serial */
	/* Of --follow: when the next lines may be written, and when the last serial was. */
	int64_t round_at, serial_at;

	struct census census;	/* of stats */
};

/* Begins. `host` stays till command_close; the request's text is not needed any more. */
void command_open(struct command *c, const struct command_host *host, const struct control_proto *r,
    struct buf *out);

/*
 * While it takes: a line, without its LF, of which `number` from 1 tells people; `now` is wall
 * time.
 */
void command_line(struct command *c, struct str line, uint64_t number, int64_t now,
    struct buf *out);

/* While it takes: a line that could not be had, and why. */
void command_bad_line(struct command *c, uint64_t number, const char *why, struct buf *out);

/* While it takes: there are no more lines. */
void command_end(struct command *c, struct buf *out);

/* While it works, or what it follows is due: does a little more. `now` is monotonic. */
void command_step(struct command *c, int64_t now, struct buf *out);

/*
 * When command_step is to be called next, monotonic: 0 at once, NEVER when lines, or changes, have
 * to come before.
 */
int64_t command_due(const struct command *c);

/*
 * It changes the cache by what it is given, or does now: to be held up while routes cannot be told.
 */
bool command_changes(const struct command *c);

/* At any time. */
void command_close(struct command *c);

#endif
