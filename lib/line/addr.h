/*
 * IP addresses and prefixes of both families.
 */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

struct addr {
	uint8_t family;		/* enum addr_family */
	/* Network order; an IPv4 address uses the first four bytes, the others are 0. */
	uint8_t bytes[16];
};

struct prefix {
	struct addr addr;	/* bits beyond `len` are 0 */
	uint8_t len;		/* 0..32 or 0..128 */
};

#define ADDR_STRLEN 46		/* the longest text and a NUL, like INET6_ADDRSTRLEN */
#define PREFIX_STRLEN (ADDR_STRLEN + 4)

/* The size of an address of this family, in bytes and in bits. */
static inline size_t
addr_size(uint8_t family)
{
	return family == ADDR_V4 ? 4 : 16;
}

static inline uint8_t
addr_bits(uint8_t family)
{
	return family == ADDR_V4 ? 32 : 128;
}

/* Sets *a from 4 or 16 bytes in network order. Returns false for any other size. */
bool addr_from_bytes(struct addr *a, const void *bytes, size_t size);

/* Writes the address as inet_ntop(3) does, NUL-terminated. Returns the length. */
size_t addr_format(const struct addr *a, char out[ADDR_STRLEN]);

/* Accepts exactly what inet_pton(3) accepts, in either family. After a failure *a is undefined. */
bool addr_parse(struct str text, struct addr *a);

/* Accepts only the spelling of addr_format. */
bool addr_parse_canonical(struct str text, struct addr *a);

static inline bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Whether the address is in fe80::/10. Such an address is ambiguous without an interface. */
static inline bool
addr_is_link_local(const struct addr *a)
{
	return a->family == ADDR_V6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/* The prefix of this length (at most addr_bits) that contains the address. */
struct prefix prefix_of(const struct addr *a, uint8_t len);

/* Whether the prefix contains the address. */
bool prefix_covers(const struct prefix *p, const struct addr *a);

/* Writes ADDRESS/LENGTH, NUL-terminated. Returns the length of the text. */
size_t prefix_format(const struct prefix *p, char out[PREFIX_STRLEN]);

/*
 * Reads ADDRESS/LENGTH in the spelling of prefix_format. Returns NULL; or the reason, with *p
 * undefined.
 */
const char *prefix_parse(struct str text, struct prefix *p);

/* Like prefix_parse, but in any spelling that addr_parse accepts; ADDRESS alone is one host. */
const char *prefix_parse_loose(struct str text, struct prefix *p);

#endif
