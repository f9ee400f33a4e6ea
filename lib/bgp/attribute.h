/*
 * The path attributes that we send and read, one row of a table each: its number and flags, and how
 * it is read from words, sized, written, read from an UPDATE and put into words. A new attribute is
 * a new row.
 *
 *	words of a person -> struct attrs -> struct update_wire_path -> UPDATE -> struct update_wire
 *	        `set`         update.c          `size`, `put`          `read`        `text`
 */
#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include "bgp/attrs.h"
#include "bgp/update_wire.h"
#include "bgp/wire.h"

/* Flags: RFC 4271 section 4.3. With the last one the length has two octets. */
enum attribute_flag {
	ATTRIBUTE_OPTIONAL = 0x80,
	ATTRIBUTE_TRANSITIVE = 0x40,
	ATTRIBUTE_EXTENDED = 0x10
};

/* Those of RFC 4760, which hold NLRI. */
enum { ATTRIBUTE_MP_REACH = 14, ATTRIBUTE_MP_UNREACH = 15 };

/* What one UPDATE is about. */
struct attribute_routes {
	const struct update_wire_path *path;	/* not owned; NULL: they are withdrawn */
	enum bgp_family family;
	struct str nlri;			/* as on the wire */
};

#define ATTRIBUTE_ABSENT SIZE_MAX

/* An UPDATE that is put into words. */
struct attribute_words {
	const struct update_wire *update;	/* not owned */
	bool as4;			/* AS numbers have four octets on this session */
};

struct attribute {
	uint8_t type, flags;
	uint8_t width;			/* octets of each value; 0: they vary */
	struct str key;			/* of words; absent: there are none */
	uint32_t most;			/* the largest number in words */
	const char *wrong;		/* the reason for words that are no value */
	enum community_kind kind;	/* of communities */
	/* Offsets of the value: a number (int64_t, -1: absent), or in an UPDATE a view. */
	uint16_t in_attrs, in_path, in_update;
	/* Adds a value in words to what a person says. NULL, or a reason. */
	const char *(*set)(const struct attribute *row, struct attrs *a, struct str value);
	/* The octets of the value for these routes, or ATTRIBUTE_ABSENT; and the value. */
	size_t (*size)(const struct attribute *row, const struct attribute_routes *r);
	void (*put)(const struct attribute *row, const struct attribute_routes *r,
	    struct buf *out);
	/* Reads the value; bytes that are missing are cut. False: the session cannot go on. */
	bool (*read)(const struct attribute *row, struct wire *value, struct update_wire *u);
	/* Appends ` KEY=VALUE`, or nothing; NULL: another row does it. */
	void (*text)(const struct attribute *row, const struct attribute_words *w,
	    struct buf *out);
};

/* The row of a key of words, or of a type; NULL: there is none. */
const struct attribute *attribute_of_key(struct str key);
const struct attribute *attribute_of_type(unsigned type);

/* All keys, in the form of a reason. */
extern const char attribute_unknown_key[];

/* MP_REACH_NLRI or MP_UNREACH_NLRI holds the routes, not the UPDATE's own fields for IPv4. */
bool attribute_holds_nlri(const struct attribute_routes *r);

/* The octets of all attributes of these routes; and the attributes. */
size_t attribute_size(const struct attribute_routes *r);
void attribute_put(const struct attribute_routes *r, struct buf *out);

/* Appends all attributes in words, a space before each. */
void attribute_text(const struct attribute_words *w, struct buf *out);

#endif
