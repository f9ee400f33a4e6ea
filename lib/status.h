/*
 * What happens to sessions, as lines for programs (stdout) and words for people (stderr).
 */
#ifndef STATUS_H
#define STATUS_H

#include "peer.h"
#include "session.h"

/* Appends a peer as it is named on the command line: `ADDRESS`, and `,port=PORT` where it is not 179. */
void status_peer(const struct peer *p, struct buf *out);

/*
 * Appends the line `TIME peer ADDRESS EVENT [KEY=VALUE]...` with its LF, with `port` where it is not 179; `time`
 * in microseconds since the epoch.
 * *s is as it is when it tells of the event.
 */
void status_line(int64_t time, const struct peer *p, const struct session *s,
    const struct session_event *event, struct buf *out);

/* Appends what the event means, and what may be done about it; no LF. */
void status_words(const struct session *s, const struct session_event *event, struct buf *out);

#endif
