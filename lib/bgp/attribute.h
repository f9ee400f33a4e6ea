/*
 * The table of path attributes that are sent and read: type, flags, key, and the functions that
 * handle the value. A new attribute is a new row.
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
	struct str nlri;			/* as on the wire */
};

/* An UPDATE to print. */
struct attribute_words {
	const struct update_wire *update;	/* not owned */
	bool as4;				/* AS numbers of four octets on this session */
};

struct attribute {
	enum bgp_attribute type;
	uint8_t flags;
	uint8_t width;			/* octets of each value; 0: varies */
	const char *key;		/* in KEY=VALUE; NULL: none */
	enum attrs_number number;	/* of a number: its place, the largest value, and the */
	uint32_t most;
	const char *wrong;		/* reason to refuse another value */
	enum community_kind kind;	/* of communities */
	/* Adds the value of KEY=VALUE to *a. NULL, or a reason. */
	const char *(*set)(const struct attribute *row, struct attrs *a, struct str value);
	/* Appends the value. False, with nothing appended: these routes do not have it. */
	bool (*put)(const struct attribute *row, const struct attribute_routes *r,
	    struct buf *out);
	/* Reads more from a value than its bytes. False: the session must end. NULL: not needed. */
	bool (*read)(struct str value, struct update_wire *u);
	/* Appends ` KEY=VALUE` if the UPDATE has the attribute. NULL: another row does so. */
	void (*text)(const struct attribute *row, const struct attribute_words *w,
	    struct buf *out);
};

/* The row of a key or type, or NULL. */
const struct attribute *attribute_of_key(struct str key);
const struct attribute *attribute_of_type(unsigned type);

/* The reason for an unknown key, with all keys. */
extern const char attribute_unknown_key[];

/* Whether MP_REACH_NLRI or MP_UNREACH_NLRI holds the routes, not the UPDATE's fields for IPv4. */
bool attribute_holds_nlri(const struct attribute_routes *r);

/* Appends all attributes of these routes. */
void attribute_put(const struct attribute_routes *r, struct buf *out);

/* Appends all attributes as text, a space before each. */
void attribute_text(const struct attribute_words *w, struct buf *out);

#endif
