/*
 * The table of path attributes: type, flags, key, and the functions that handle the value. To add
 * an attribute, add a row. A row has the functions `set`, `put`, `read` and `text`:
 *
 *	KEY=VALUE -> struct attrs -> struct update_wire_path -> UPDATE -> struct update_wire -> text
 *	        `set`            update.c                `put`       `read`              `text`
 */
#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include "bgp/attrs.h"
#include "bgp/update_wire.h"

/* Flags: RFC 4271 section 4.3. The length of an extended attribute has two octets. */
enum attribute_flag {
	ATTRIBUTE_OPTIONAL = 0x80,
	ATTRIBUTE_TRANSITIVE = 0x40,
	ATTRIBUTE_EXTENDED = 0x10
};

/* The routes of one UPDATE. */
struct attribute_routes {
	const struct update_wire_path *path;	/* not owned; NULL: withdrawn routes */
	enum bgp_family family;
	struct str nlri;			/* in wire format */
};

/* An UPDATE to print. */
struct attribute_words {
	const struct update_wire *update;	/* not owned */
	bool as4;				/* AS numbers have four octets on this session */
};

struct attribute {
	enum bgp_attribute type;
	uint8_t flags;
	uint8_t width;			/* octets of the value; 0: variable */
	const char *key;		/* KEY of KEY=VALUE; NULL: not configurable */
	enum attrs_number number;	/* for a number: the index in attrs.number */
	uint32_t most;			/* for a number: the largest valid value */
	const char *wrong;		/* the message for an invalid value */
	enum community_kind kind;	/* kind of communities; unused by other attributes */
	/* Adds the value of KEY=VALUE to *a. NULL, or a reason. */
	const char *(*set)(const struct attribute *row, struct attrs *a, struct str value);
	/* Appends the value. False, and appends nothing, if these routes lack the attribute. */
	bool (*put)(const struct attribute *row, const struct attribute_routes *r,
	    struct buf *out);
	/* Parses a value into *u. False: the session must end. The pointer may be NULL. */
	bool (*read)(struct str value, struct update_wire *u);
	/* Appends ` KEY=VALUE` if the UPDATE has the attribute. The pointer may be NULL. */
	void (*text)(const struct attribute *row, const struct attribute_words *w,
	    struct buf *out);
};

/* The row with this key or type, or NULL. */
const struct attribute *attribute_of_key(struct str key);
const struct attribute *attribute_of_type(unsigned type);

/* The message for an unknown key; it lists all keys. */
extern const char attribute_unknown_key[];

/* Whether the NLRI is sent in MP_REACH_NLRI or MP_UNREACH_NLRI, not in the fields for IPv4 NLRI. */
bool attribute_holds_nlri(const struct attribute_routes *r);

/* Appends all attributes of these routes. */
void attribute_put(const struct attribute_routes *r, struct buf *out);

/* Appends all attributes as text, with a space before each. */
void attribute_text(const struct attribute_words *w, struct buf *out);

#endif
