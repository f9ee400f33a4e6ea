/*
 * BGP messages in a stream of bytes: the header (RFC 4271 section 4.1, RFC 8654), KEEPALIVE,
 * NOTIFICATION and ROUTE-REFRESH (RFC 2918). open.h has OPEN, update_wire.h has UPDATE. Decoders
 * return views of the bytes that were passed to them.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "base/buf.h"
#include "bgp/bgp.h"

struct message {
	enum bgp_type type;
	struct str body;	/* bytes after the header */
};

/*
 * Reads the first message of received bytes. Returns its length, at most `max` (BGP_MAX or
 * BGP_EXTENDED_MAX); 0 if it is incomplete; or -1 and an error (RFC 4271 section 6.1).
 */
int message_frame(struct str in, size_t max, struct message *m, struct bgp_error *error);

/* Appends the header of a message with a body of this size. */
void message_put_header(struct buf *out, enum bgp_type type, size_t body);

void message_put_keepalive(struct buf *out);
void message_put_notification(struct buf *out, const struct bgp_error *error);

/* Reads the body of a NOTIFICATION, or the error inside a Hard Reset (RFC 8538 section 3.1). */
struct bgp_error message_parse_notification(struct str body);

/* Adds a shutdown communication (RFC 9003). Ignores a text that is empty or too long. */
void message_set_words(struct bgp_error *error, struct str words);

/* The shutdown communication, which may contain any bytes; absent if there is none. */
struct str message_words(const struct bgp_error *error);

/* Reads the family of a ROUTE-REFRESH. False if the family is unknown. */
bool message_parse_refresh(struct str body, enum bgp_family *family);

#endif
