/*
 * What happens to sessions, as lines for programs (stdout) and words for people (stderr).
 */
#ifndef STATUS_H
#define STATUS_H

#include "bgp/neighbors.h"

/*
 * Appends the line `TIME peer ADDRESS EVENT [KEY=VALUE]...` with its LF, with `port` where it is
 * not 179; `time` in microseconds since the epoch. The peer's words are escaped (answer_escape). *s
 * is as it is when it tells of the event.
 */
void status_line(int64_t time, const struct session *s, const struct session_event *event,
    struct buf *out);

/*
 * Notes in n->cause why there is no session: the failure and what may be done about it, in
 * printable ASCII without the peer's words. A failure that explains less than the one before
 * leaves it: after a refused OPEN a router may be silent.
 */
void status_note_cause(struct neighbor *n, const struct session_event *event);

/*
 * Whether the event should be logged, which *n remembers: a failure that repeats is logged once,
 * and again after it was over.
 */
bool status_is_news(struct neighbor *n, const struct session_event *event);

/*
 * Appends ` peer=... state=... error=...` with the counters of a neighbor's session, without LF;
 * `now` is monotonic.
 */
void status_put_counters(const struct neighbor *n, const struct ribout *rib, int64_t now,
    struct buf *out);

/* Appends what the event means, and what may be done about it; no LF. */
void status_words(const struct session *s, const struct session_event *event, struct buf *out);

#endif
