/*
 * Executes export, import, retag, delete and stats on a cache, in bounded steps. A command uses no
 * descriptor; its caller passes lines and the time. `ipcache run` (a run) has one struct command
 * for each client of its control socket. Without a run, the process that the user started has one.
 * In both cases, commands behave and report the same.
 *
 * A command appends the lines of a reply (control_reply.h) to `out`, at most COMMAND_STEP_MAX bytes
 * a call. The functions are callbacks of a service (service.h); `void *` is a struct command.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "cache/cache.h"
#include "ipcache/control_proto.h"
#include "ipcache/retag.h"
#include "ipcache/selector.h"
#include "ipcache/serial.h"

#define COMMAND_STEP_MAX (ANSWER_MAX + CONTROL_REPLY_MAX)
#define COMMAND_WORDS_MAX 4096	/* the most selectors of delete and export */

struct command_host {
	struct cache *cache;
	uint64_t run;		/* RUN of serials (serial.h); 0: not in a run, so without serials */
	const char *life;	/* LIFE, as text */
	/* Appends the counters of a run to the reply of stats; or NULL. */
	void (*count)(struct buf *out);
	/* Whether the output for routes has room; NULL: always. */
	bool (*has_room)(void);
};

enum command_state {
	COMMAND_TAKES,	/* waits for a line, or the end of the lines */
	COMMAND_WORKS,	/* needs command_step */
	COMMAND_FOLLOWS,	/* needs command_step at the time that command_due returns */
	COMMAND_DONE,	/* the status has been appended */
};

struct command {
	const struct command_host *host;	/* not owned */
	enum verb verb;
	bool since_asked, follow;
	enum command_state state;
	int status;

	uint64_t lines, bad;
	const struct kind *kind;	/* format of input that is not answer lines; or NULL */
	uint64_t results[CACHE_RESULTS];	/* import: lines by result */
	struct retag retag;

	struct selector_set words;	/* delete, export: the selectors */

	uint32_t at;		/* next pair in a walk over all pairs; CACHE_NONE: no walk */
	struct cache_reader reader;	/* --since, --follow: cursor in the changes */
	bool reading;		/* `reader` is attached */
	bool sought;		/* `reader` is at the first change after `since` */
	uint64_t since, until;	/* epochs of the wanted changes; --follow ignores `until` */
	bool unsaid;		/* --follow: lines were written after the last serial */
	/* --follow: monotonic times of the next round of changes, and of the last serial */
	int64_t round_at, serial_at;

	int64_t oldest, newest;	/* stats: the range of TIME; -1: no pair was counted */
	uint64_t v4, v6;	/* stats: pairs by address family */
};

/* Opens a command for a request. `host` must outlive the command; the text of `r` need not. */
void command_open(struct command *c, const struct command_host *host, const struct control_proto *r,
    struct buf *out);

/*
 * Handles an input line, without LF. This function and the next two may be called only in the state
 * COMMAND_TAKES. Line numbers begin at 1; `now` is wall time.
 */
void command_line(void *command, struct str line, uint64_t number, int64_t now, struct buf *out);

/* Reports an input line that could not be read, for example because it is too long. */
void command_bad_line(void *command, uint64_t number, const char *why, struct buf *out);

/* Handles the end of the input lines. */
void command_end(void *command, struct buf *out);

/* The monotonic time for the next command_step; 0: now; NEVER: the state needs no step. */
int64_t command_due(const void *command);

/* Performs a bounded part of the work. `now` is monotonic time. */
void command_step(void *command, int64_t now, struct buf *out);

/* Whether the command can change the cache, so that it must wait for room for routes. */
bool command_changes(const void *command);

/* Frees the memory of a command in any state. */
void command_close(void *command);

#endif
