/*
 * What happens to sessions, as lines for programs (stdout) and words for people (stderr).
 */
#ifndef STATUS_H
#define STATUS_H

#include "bgp/peer_config.h"
#include "bgp/session.h"

/*
 * Appends the line `TIME peer ADDRESS EVENT [KEY=VALUE]...` with its LF, with `port` where it is
 * not 179; `time` in microseconds since the epoch. The peer's words are escaped (answer_escape). *s
 * is as it is when it tells of the event.
 */
void status_line(int64_t time, const struct session *s, const struct session_event *event,
    struct buf *out);

/*
 * Appends ` unsent=N reason=WORD[,WORD]...` for routes of these families that the peer does not
 * get; nothing where it gets all. Returns how many they are.
 */
size_t status_put_unsent(const struct session *s, unsigned families, struct buf *out);

/*
 * How much a failure explains: a NOTIFICATION more than one that only turns a connection away, and
 * that more than the end of a connection. 0: it is no failure.
 */
unsigned status_rank(const struct session_event *event);

/*
 * Appends the failure and what may be done about it, in printable ASCII without the peer's words.
 */
void status_cause(const struct session *s, const struct session_event *event, struct buf *out);

/* Appends what the event means, and what may be done about it; no LF. */
void status_words(const struct session *s, const struct session_event *event, struct buf *out);

#endif
