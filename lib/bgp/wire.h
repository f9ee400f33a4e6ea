/*
 * Helpers of all decoders: numbers, families and prefixes at the front of a message, and the error
 * that a decoder returns.
 */
#ifndef WIRE_H
#define WIRE_H

#include "base/buf.h"
#include "bgp/bgp.h"

/* IANA's numbers of the address families (AFI), and of unicast routes (SAFI). */
#define WIRE_AFI_IPV4 1
#define WIRE_AFI_IPV6 2
#define WIRE_SAFI_UNICAST 1

/* The rest of a message. A read beyond its end sets `cut`. */
struct wire {
	struct str rest;
	bool cut;
};

/* The next n bytes; absent when fewer are left. */
struct str wire_take(struct wire *w, size_t n);

/* The next number of at most four octets, in network order; 0 when octets are missing. */
uint32_t wire_number(struct wire *w, size_t size);

/* The family of an AFI and a SAFI, or of the next three octets; false for any other family. */
bool wire_find_family(uint32_t afi, uint32_t safi, enum bgp_family *family);
bool wire_read_family(struct wire *w, enum bgp_family *family);
void wire_put_family(struct buf *out, enum bgp_family family);

/*
 * Reads the next prefix of NLRI: a length in bits, and as many octets as it needs (RFC 4271 section
 * 4.3). False at the end, and at a malformed prefix, which stays in *rest.
 */
bool wire_nlri_next(struct str *rest, enum bgp_family family, struct prefix *p);

/* Whether the NLRI consists of complete prefixes of valid lengths. */
bool wire_nlri_is_sound(struct str nlri, enum bgp_family family);

/* The octets of a prefix of this length in NLRI. */
static inline size_t
wire_nlri_size(uint8_t len)
{
	return 1 + (len + 7u) / 8;
}

/* Fills in an error with data, cut to the size of a NOTIFICATION; returns false. */
bool wire_fail(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str data);

#endif
