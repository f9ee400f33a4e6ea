/*
 * What the decoders of all messages share: numbers and families taken off the bytes of a message,
 * and the error that a decoder returns.
 */
#ifndef WIRE_H
#define WIRE_H

#include "base/buf.h"
#include "bgp/bgp.h"
#include "bgp/family.h"

/* IANA's numbers of address families and of unicast routes. */
#define WIRE_AFI_IPV4 1
#define WIRE_AFI_IPV6 2
#define WIRE_SAFI_UNICAST 1

/* A view from whose front bytes are taken. Bytes that are missing set `cut`. */
struct wire {
	struct str rest;
	bool cut;
};

/* The next n bytes; the absent text when there are fewer. */
struct str wire_take(struct wire *w, size_t n);

/* The next number of at most four octets, in network order; 0 when they are missing. */
uint32_t wire_number(struct wire *w, size_t size);

/* The family of an AFI and a SAFI, or of the next three octets; false for one that is not ours. */
bool wire_find_family(uint32_t afi, uint32_t safi, enum bgp_family *family);
bool wire_read_family(struct wire *w, enum bgp_family *family);
void wire_put_family(struct buf *out, enum bgp_family family);

/* Fill in an error, and return false: without data; with one or two octets of data; ... */
bool wire_fail(struct bgp_error *error, uint8_t code, uint8_t subcode);
bool wire_fail_with(struct bgp_error *error, uint8_t code, uint8_t subcode, uint16_t n,
    uint16_t value);
/* ... with bytes of the message, or as many of them as fit. */
bool wire_fail_showing(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str bytes);

#endif
