/*
 * Helpers of all decoders: read numbers, families and prefixes from a message, and fill in the
 * error that a decoder returns.
 */
#ifndef WIRE_H
#define WIRE_H

#include "base/buf.h"
#include "bgp/bgp.h"

/* Numbers assigned by IANA: of the address families (AFI), and of unicast routes (SAFI). */
#define WIRE_AFI_IPV4 1
#define WIRE_AFI_IPV6 2
#define WIRE_SAFI_UNICAST 1

/* The unread part of a message. A read beyond the end sets `cut`. */
struct wire {
	struct str rest;
	bool cut;
};

/* The next n bytes; absent when fewer are left. */
struct str wire_take(struct wire *w, size_t n);

/* The next number of at most four octets, in network order; 0 when octets are missing. */
uint32_t wire_number(struct wire *w, size_t size);

/* Finds the family of an AFI and a SAFI. False if it is not in enum bgp_family. */
bool wire_find_family(uint32_t afi, uint32_t safi, enum bgp_family *family);

/* Read and append an AFI and a SAFI, in three octets. */
bool wire_read_family(struct wire *w, enum bgp_family *family);
void wire_put_family(struct buf *out, enum bgp_family family);

/*
 * Reads the next prefix of NLRI: its length in bits, then as many octets as the length needs (RFC
 * 4271 section 4.3). False at the end and at a malformed prefix, which stays in *rest.
 */
bool wire_nlri_next(struct str *rest, enum bgp_family family, struct prefix *p);

/* Whether the NLRI consists of complete prefixes of valid lengths. */
bool wire_nlri_is_sound(struct str nlri, enum bgp_family family);

/* How many octets a prefix of this length takes in NLRI, with its length octet. */
static inline size_t
wire_nlri_size(uint8_t len)
{
	return 1 + (len + 7u) / 8;
}

/* Fills in an error; truncates the data to the size of a NOTIFICATION. Returns false. */
bool wire_fail(struct bgp_error *error, uint8_t code, uint8_t subcode, struct str data);

#endif
