/*
 * BGP messages on a stream of bytes: their header (RFC 4271 section 4.1, RFC 8654), and whole
 * KEEPALIVE, NOTIFICATION and ROUTE-REFRESH (RFC 2918) messages. OPEN is in open.h, UPDATE in
 * update_wire.h. Decoders return views into the bytes that were passed to them.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "base/buf.h"
#include "bgp/bgp.h"

struct message {
	enum bgp_type type;
	struct str body;	/* after the header */
};

/*
 * Takes a message off the front of the bytes received. Its length, at most `max` (BGP_MAX or
 * BGP_EXTENDED_MAX); 0 when it is not complete yet; or -1 and the error (RFC 4271 section 6.1).
 */
int message_frame(struct str in, size_t max, struct message *m, struct bgp_error *error);

/* Appends the header of a message with a body of so many bytes. */
void message_put_header(struct buf *out, enum bgp_type type, size_t body);

void message_put_keepalive(struct buf *out);
void message_put_notification(struct buf *out, const struct bgp_error *error);

/* The body of a NOTIFICATION, which has two bytes at least; that of a Hard Reset is unwrapped. */
struct bgp_error message_parse_notification(struct str body);

/*
 * Makes it a shutdown communication (RFC 9003) of at most BGP_WORDS_MAX bytes of UTF-8; of none it
 * stays as it is.
 */
void message_set_words(struct bgp_error *error, struct str words);

/* What a shutdown communication says, any bytes; absent where it is none. */
struct str message_words(const struct bgp_error *error);

/* The family that a ROUTE-REFRESH asks for; false for one that is not ours. */
bool message_parse_refresh(struct str body, enum bgp_family *family);

#endif
