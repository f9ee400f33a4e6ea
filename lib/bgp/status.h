/*
 * Formats events of sessions as status lines (stdout, for programs) and as messages (stderr).
 */
#ifndef STATUS_H
#define STATUS_H

#include "bgp/neighbors.h"

/*
 * Appends the line `TIME peer ADDRESS EVENT [KEY=VALUE]...` and LF. `port` is printed unless it is
 * 179; `time` is in microseconds since the epoch. A shutdown communication is escaped
 * (answer_escape). Must be called while the session reports the event.
 */
void status_line(int64_t time, const struct session *s, const struct session_event *event,
    struct buf *out);

/*
 * Stores in n->cause why there is no session: the failure and what to do, in printable ASCII,
 * without a shutdown communication. Keeps an earlier failure if it explains more: a router that
 * refused an OPEN may close later connections without a message.
 */
void status_note_cause(struct neighbor *n, const struct session_event *event);

/* Whether to log the event. A repeated failure is logged once: n->logged has the last failure. */
bool status_is_news(struct neighbor *n, const struct session_event *event);

/*
 * Appends `peer=... state=... error=...` and the counters of a neighbor's session, without LF;
 * `now` is monotonic.
 */
void status_put_counters(const struct neighbor *n, const struct ribout *rib, int64_t now,
    struct buf *out);

/* Appends a message about the event, with advice, without LF. */
void status_words(const struct session *s, const struct session_event *event, struct buf *out);

#endif
