/*
 * Decoding has two phases. read_answers walks over the section once, checks it, and stores records
 * and links (CNAME, HTTPS, SVCB) with the offsets of their names in the message. Then tie resolves
 * offsets to nodes, one for each different name, follows the links from the question, and finds the
 * records whose owner is reached. In a usual message, equal names have the same offset; only other
 * messages need a hash.
 *
 * Invariants: a name is stored only after read_name has checked it, so later functions follow its
 * pointers without checks. Node 0 is the question. All work on names is counted by step.
 */
#include "dns/dns.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define HEADER 12
#define RECORD_FIXED 10		/* type, class, TTL and RDLENGTH, after the owner */

#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define CLASS_IN 1

/* A record has at least 11 bytes, or 12 if it has two names. Hints have their own limit. */
#define RECORDS_MAX (DNS_MESSAGE_MAX / 11)
#define NAMES_MAX (2 * RECORDS_MAX + 1)
#define SLOTS 32768		/* a power of two, more than twice NAMES_MAX */

/* Bytes for the names of all nodes. A real chain of CNAMEs takes a few hundred bytes. */
#define NAMES_SIZE 65536
#define STEP_BYTES 16		/* bytes of a name that are copied and hashed in one step */

#define NOTHING UINT16_MAX

/* SvcParams (RFC 9460 section 14.3.2). */
#define KEY_IPV4HINT 4
#define KEY_IPV6HINT 6

/* A name in dns.names: in lower case, without pointers, without the zero byte at the end. */
struct flat {
	uint16_t at;
	uint8_t len;
};

/* A name in the question or in a link. */
struct node {
	uint64_t hash;
	uint32_t ttl;		/* the minimum TTL on the path from the question */
	struct flat name;
	uint16_t at;		/* the offset of the first label in the message */
	uint16_t slot;
	uint16_t parent;	/* the previous node on the path from the question, or NOTHING */
	uint16_t depth;		/* the number of links on the path from the question */
	uint16_t first;		/* the first link that this name owns, or NOTHING */
};

/* A CNAME, or an HTTPS or SVCB record with a TargetName. */
struct link {
	uint32_t ttl;
	uint16_t owner, target;	/* offsets of the first labels; after tie_links, nodes */
	uint16_t next;		/* the next link of the same owner, or NOTHING */
};

/* An A or AAAA record, or one hint. */
struct record {
	uint32_t ttl;
	/* The offset of the owner's first label; after tie_records, the owner's node or NOTHING. */
	uint16_t owner;
	uint16_t data;		/* the offset of the address */
	/* For a hint: the link whose target has the address, or NOTHING if the owner has it. */
	uint16_t link;
	uint8_t size;		/* bytes of the address */
	uint8_t hint;		/* enum dns_hint */
};

struct dns {
	const uint8_t *msg;
	size_t size;
	uint64_t seed;
	size_t steps;		/* steps left of DNS_STEPS_MAX */
	enum dns_fault fault;	/* the first fault */
	uint16_t pointer;	/* the last pointer read in place of an owner name, or 0 */
	uint16_t pointed;	/* the offset of the first label that `pointer` leads to */
	bool compressed;	/* the last name read contains a pointer */

	size_t n_records, n_links, n_nodes, n_hints;
	size_t given;		/* records that dns_next has returned or skipped */
	size_t recent;		/* the node found last */
	/* Whether `slots` is in use: the offsets do not identify all names. */
	bool hashed;

	struct record records[RECORDS_MAX + DNS_HINTS_MAX];
	struct link links[RECORDS_MAX];
	struct node nodes[NAMES_MAX];
	uint16_t queue[NAMES_MAX];	/* nodes to visit; in dns_via the path to an alias */
	uint16_t slots[SLOTS];	/* nodes by the hash of the name; NOTHING: free */
	size_t names_len;
	uint8_t names[NAMES_SIZE];	/* the names of the nodes */
};

struct dns *
dns_new(uint64_t seed)
{
	struct dns *d = mem_zero(1, sizeof(*d));

	d->seed = seed;
	memset(d->slots, 0xff, sizeof(d->slots));
	return d;
}

void
dns_free(struct dns *d)
{
	free(d);
}

static inline uint16_t
u16_at(const struct dns *d, size_t at)
{
	return (uint16_t)(d->msg[at] << 8 | d->msg[at + 1]);
}

static bool
set_fault(struct dns *d, enum dns_fault fault)
{
	d->fault = fault;
	return false;
}

/* Counts `n` steps of work on names. False when the message exceeds the limit for its size. */
static bool
step(struct dns *d, size_t n)
{
	if (n > d->steps)
		return set_fault(d, DNS_POINTERS);
	d->steps -= n;
	return true;
}

/*
 * Checks the name at `at` (RFC 1035 section 4.1.4). A pointer must point backwards, but not into
 * the header (RFC 9267 section 2). Returns the offset after the name, or 0 after a fault; *start is
 * the offset of the first label, after any pointers.
 */
static size_t
read_name(struct dns *d, size_t at, uint16_t *start)
{
	size_t end = 0, first = 0, len = 1;

	for (;;) {
		uint8_t byte;

		if (at >= d->size)
			return set_fault(d, DNS_CUT);
		if (!step(d, 1))
			return 0;
		byte = d->msg[at];
		if (byte >= 0xc0) {
			size_t to;

			if (at + 1 >= d->size)
				return set_fault(d, DNS_CUT);
			to = u16_at(d, at) & 0x3fff;
			if (to >= at || to < HEADER)
				return set_fault(d, DNS_POINTER);
			if (end == 0)
				end = at + 2;
			at = to;
			continue;
		}
		if (first == 0)
			first = at + 1;
		if (byte == 0)
			break;
		len += byte + 1u;
		if (byte > NAME_LABEL_MAX)
			return set_fault(d, DNS_LABEL);
		if (len > NAME_WIRE_MAX)
			return set_fault(d, DNS_NAME);
		at += byte + 1u;
	}
	*start = (uint16_t)(first - 1);
	d->compressed = end != 0;
	return end != 0 ? end : at + 1;
}

/* Like read_name, but faster if the name is the pointer d->pointer, which has been checked. */
static inline size_t
read_owner(struct dns *d, size_t at, uint16_t *start)
{
	bool is_pointer = at + 2 <= d->size && d->msg[at] >= 0xc0;
	size_t end;

	if (is_pointer && u16_at(d, at) == d->pointer && step(d, 1)) {
		*start = d->pointed;
		return at + 2;
	}
	end = read_name(d, at, start);
	if (is_pointer && end != 0) {
		d->pointer = u16_at(d, at);
		d->pointed = *start;
	}
	return end;
}

/* Copies a checked name to the end of d->names; the caller adds its length to names_len. */
static bool
collect_name(struct dns *d, size_t at, struct flat *name)
{
	uint8_t *out = d->names + d->names_len;
	size_t n = 0;

	if (NAMES_SIZE - d->names_len < NAME_WIRE_MAX)
		return set_fault(d, DNS_POINTERS);
	for (; d->msg[at] != 0; ) {
		if (!step(d, 1))
			return false;
		if (d->msg[at] >= 0xc0) {
			at = u16_at(d, at) & 0x3fff;
			continue;
		}
		memcpy(out + n, d->msg + at, d->msg[at] + 1u);
		n += d->msg[at] + 1u;
		at += d->msg[at] + 1u;
	}
	for (size_t i = 0; i < n; i++)	/* no length byte is in `A`..`Z` */
		out[i] |= (uint8_t)((out[i] >= 'A' && out[i] <= 'Z') << 5);
	*name = (struct flat){ (uint16_t)d->names_len, (uint8_t)n };
	return step(d, n / STEP_BYTES);
}

static bool
same_name(const struct dns *d, struct flat a, struct flat b)
{
	return a.len == b.len && memcmp(d->names + a.at, d->names + b.at, a.len) == 0;
}

/* Adds a node for the name that collect_name copied last. */
static uint16_t
add_node(struct dns *d, size_t at, struct flat name, uint64_t hash, size_t slot)
{
	d->nodes[d->n_nodes] = (struct node){ .hash = hash, .name = name, .at = (uint16_t)at,
	    .slot = (uint16_t)slot, .parent = NOTHING, .first = NOTHING };
	d->slots[slot] = (uint16_t)d->n_nodes;
	d->names_len += name.len;
	return (uint16_t)d->n_nodes++;
}

/* Finds the node of a name by hash. If the name has none, adds a node (`add`) or sets NOTHING. */
static bool
look_up(struct dns *d, size_t at, bool add, uint16_t *found)
{
	struct flat name;
	uint64_t hash;
	size_t slot;

	if (!collect_name(d, at, &name))
		return false;
	hash = hash_bytes(d->seed, d->names + name.at, name.len);
	for (slot = hash % SLOTS; d->slots[slot] != NOTHING; slot = (slot + 1) % SLOTS) {
		const struct node *node = &d->nodes[d->slots[slot]];

		*found = d->slots[slot];
		if (node->hash == hash && same_name(d, node->name, name))
			return true;
	}
	*found = add ? add_node(d, at, name, hash, slot) : NOTHING;
	return true;
}

static bool
collect_question(struct dns *d)
{
	struct node *question = &d->nodes[0];

	if (!collect_name(d, question->at, &question->name))
		return false;
	d->names_len += question->name.len;
	return true;
}

static void
hash_question(struct dns *d)
{
	struct node *question = &d->nodes[0];

	question->hash = hash_bytes(d->seed, d->names + question->name.at, question->name.len);
	question->slot = question->hash % SLOTS;
	d->slots[question->slot] = 0;
	d->hashed = true;
}

/* Like look_up, but faster for the offset of the question or of the node found last. */
static bool
find_node(struct dns *d, size_t at, bool add, uint16_t *found)
{
	*found = 0;
	if (at == d->nodes[0].at)
		return true;
	*found = (uint16_t)d->recent;
	if (at == d->nodes[d->recent].at)
		return true;
	if (!d->hashed)
		hash_question(d);
	if (!look_up(d, at, add, found))
		return false;
	if (*found != NOTHING)
		d->recent = *found;
	return true;
}

/* Discards the previous message and starts with a new one. */
static void
start_message(struct dns *d, struct str message)
{
	if (d->hashed)
		for (size_t i = 0; i < d->n_nodes; i++)
			d->slots[d->nodes[i].slot] = NOTHING;
	d->hashed = false;
	d->msg = (const uint8_t *)message.p;
	d->size = message.n;
	d->steps = DNS_STEPS_MAX(d->size);
	d->pointer = 0;
	d->names_len = 0;
	d->n_records = d->n_links = d->n_hints = d->given = d->recent = 0;
	d->n_nodes = 1;
	d->nodes[0] = (struct node){ .ttl = INT32_MAX, .parent = NOTHING, .first = NOTHING };
}

/* Whether the message is a NOERROR response to a QUERY, with a question: RFC 1035 section 4.1.1. */
static bool
header_answers(const struct dns *d)
{
	const uint16_t response = 0x8000, opcode = 0x7800, rcode = 0x000f;

	return (u16_at(d, 2) & (response | opcode | rcode)) == response && u16_at(d, 4) > 0;
}

/* Reads a TTL. A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
static uint32_t
ttl_at(const struct dns *d, size_t at)
{
	uint32_t ttl = (uint32_t)u16_at(d, at) << 16 | u16_at(d, at + 2);

	return ttl > INT32_MAX ? 0 : ttl;
}

static void
add_link(struct dns *d, uint16_t owner, uint32_t ttl, uint16_t target)
{
	d->links[d->n_links++] = (struct link){ .ttl = ttl, .owner = owner, .target = target };
}

/* Adds a record, a copy of `like`, for each address in a hint. False if the hint is invalid. */
static bool
take_hints(struct dns *d, const struct record *like, size_t data, size_t len)
{
	size_t count = len / like->size;

	if (len == 0 || len % like->size != 0 || count > DNS_HINTS_MAX - d->n_hints)
		return false;
	d->n_hints += count;
	for (; count > 0; count--, data += like->size) {
		struct record *hint = &d->records[d->n_records++];

		*hint = *like;
		hint->data = (uint16_t)data;
	}
	return true;
}

/* Reads SvcParams, whose keys must ascend (RFC 9460 section 2.2); ignores hints in AliasMode. */
static bool
take_params(struct dns *d, struct record like, bool is_alias, size_t at, size_t end)
{
	int before = -1;

	while (at < end) {
		size_t len;
		int key;

		if (end - at < 4)
			return false;
		key = u16_at(d, at);
		len = u16_at(d, at + 2);
		at += 4;
		if (key <= before || len > end - at)
			return false;
		like.size = key == KEY_IPV4HINT ? 4 : 16;
		if (!is_alias && (key == KEY_IPV4HINT || key == KEY_IPV6HINT) &&
		    !take_hints(d, &like, at, len))
			return false;
		before = key;
		at += len;
	}
	return true;
}

/*
 * Reads HTTPS or SVCB data: SvcPriority, TargetName without pointers, SvcParams. TargetName `.`
 * means the owner, or in AliasMode that there is no service (RFC 9460 section 2.5).
 */
static bool
take_service(struct dns *d, uint8_t type, uint16_t owner, uint32_t ttl, size_t data, size_t len)
{
	struct record like = { .ttl = ttl, .owner = owner, .link = NOTHING, .hint = type };
	uint16_t target;
	size_t at;

	if (len < 3)
		return set_fault(d, DNS_SERVICE);
	at = read_name(d, data + 2, &target);
	if (at == 0)
		return false;
	if (at > data + len || d->compressed)
		return set_fault(d, DNS_SERVICE);
	if (d->msg[target] != 0) {
		like.link = (uint16_t)d->n_links;
		add_link(d, owner, ttl, target);
	}
	return take_params(d, like, u16_at(d, data) == 0, at, data + len) ||
	    set_fault(d, DNS_SERVICE);
}

static bool
take_alias(struct dns *d, uint16_t owner, uint32_t ttl, size_t data, size_t len)
{
	uint16_t target;
	size_t end = read_name(d, data, &target);

	if (end == 0)
		return false;
	if (end != data + len)
		return set_fault(d, DNS_RDLENGTH);
	add_link(d, owner, ttl, target);
	return true;
}

/* Stores a record of class IN if its type is known. False if its data is malformed. */
static bool
take_record(struct dns *d, uint16_t type, uint16_t owner, uint32_t ttl, size_t data, size_t len)
{
	switch (type) {
	case TYPE_A:
	case TYPE_AAAA:
		d->records[d->n_records++] = (struct record){ .ttl = ttl, .owner = owner,
		    .data = (uint16_t)data, .link = NOTHING, .size = (uint8_t)len };
		return len == (type == TYPE_A ? 4 : 16) || set_fault(d, DNS_RDLENGTH);
	case TYPE_CNAME:
		return take_alias(d, owner, ttl, data, len);
	case DNS_SVCB:
	case DNS_HTTPS:
		return take_service(d, (uint8_t)type, owner, ttl, data, len);
	default:
		return true;
	}
}

/* Reads the record at `at`. Returns the offset of the next record, or 0 after a fault. */
static size_t
read_record(struct dns *d, size_t at)
{
	uint16_t owner;
	size_t fixed = read_owner(d, at, &owner), data = fixed + RECORD_FIXED, len;

	if (fixed == 0)
		return 0;
	if (data > d->size)
		return set_fault(d, DNS_CUT);
	len = u16_at(d, fixed + 8);
	if (len > d->size - data)
		return set_fault(d, DNS_RDLENGTH);
	if (u16_at(d, fixed + 2) == CLASS_IN &&
	    !take_record(d, u16_at(d, fixed), owner, ttl_at(d, fixed + 4), data, len))
		return 0;
	return data + len;
}

static bool
read_answers(struct dns *d, size_t at)
{
	for (unsigned count = u16_at(d, 6); count > 0; count--) {
		size_t next = read_record(d, at);

		if (next == 0)
			return at == d->size ? set_fault(d, DNS_COUNT) : false;
		at = next;
	}
	return true;
}

/* Replaces offsets in links by nodes, and lists the links of each node in message order. */
static bool
tie_links(struct dns *d)
{
	for (size_t i = 0; i < d->n_links; i++) {
		struct link *l = &d->links[i];

		if (!find_node(d, l->owner, true, &l->owner) ||
		    !find_node(d, l->target, true, &l->target))
			return false;
	}
	for (size_t i = d->n_links; i-- > 0;) {
		struct link *l = &d->links[i];

		l->next = d->nodes[l->owner].first;
		d->nodes[l->owner].first = (uint16_t)i;
	}
	return true;
}

/* Follows the links from the question, breadth first, so that each name has its shortest path. */
static void
follow_links(struct dns *d)
{
	size_t head = 0, tail = 0;

	d->nodes[0].parent = 0;
	d->queue[tail++] = 0;
	while (head < tail) {
		const struct node *node = &d->nodes[d->queue[head]];

		for (size_t i = node->first; i != NOTHING; i = d->links[i].next) {
			const struct link *l = &d->links[i];
			struct node *target = &d->nodes[l->target];

			if (target->parent != NOTHING)
				continue;
			target->parent = d->queue[head];
			target->depth = (uint16_t)(node->depth + 1);
			target->ttl = l->ttl < node->ttl ? l->ttl : node->ttl;
			d->queue[tail++] = l->target;
		}
		head++;
	}
}

/* Replaces the owners of records by nodes; by NOTHING if no path from the question leads there. */
static bool
tie_records(struct dns *d)
{
	for (size_t i = 0; i < d->n_records; i++) {
		struct record *r = &d->records[i];

		if (!find_node(d, r->owner, false, &r->owner))
			return false;
		if (r->owner != NOTHING && d->nodes[r->owner].parent == NOTHING)
			r->owner = NOTHING;
	}
	return true;
}

/* Resolves the offsets of names to nodes, after the section has been read. */
static bool
tie(struct dns *d)
{
	if (!collect_question(d))
		return false;
	if (d->n_records == 0)
		return true;
	if (!tie_links(d))
		return false;
	follow_links(d);
	return tie_records(d);
}

static enum dns_verdict
malformed(struct dns *d, enum dns_fault fault)
{
	d->fault = fault;
	return DNS_MALFORMED;
}

enum dns_verdict
dns_decode(struct dns *d, struct str message)
{
	size_t at;

	start_message(d, message);
	if (d->size < HEADER || d->size > DNS_MESSAGE_MAX)
		return malformed(d, DNS_SIZE);
	if (!header_answers(d))
		return DNS_NO_ANSWER;
	if (u16_at(d, 4) > 1)
		return malformed(d, DNS_QUESTIONS);
	at = read_name(d, HEADER, &d->nodes[0].at);
	if (at == 0)
		return DNS_MALFORMED;
	if (d->size - at < 4)
		return malformed(d, DNS_CUT);
	if (u16_at(d, at + 2) != CLASS_IN)
		return DNS_NO_ANSWER;
	return read_answers(d, at + 4) && tie(d) ? DNS_ANSWERS : DNS_MALFORMED;
}

size_t
dns_steps(const struct dns *d)
{
	return DNS_STEPS_MAX(d->size) - d->steps;
}

enum dns_fault
dns_fault(const struct dns *d)
{
	return d->fault;
}

const char *
dns_fault_name(enum dns_fault fault)
{
	static const char *const names[DNS_FAULTS] = {
		[DNS_SIZE] = "dns_size", [DNS_QUESTIONS] = "dns_questions",
		[DNS_COUNT] = "dns_count", [DNS_CUT] = "dns_cut", [DNS_LABEL] = "dns_label",
		[DNS_NAME] = "dns_name", [DNS_POINTER] = "dns_pointer",
		[DNS_POINTERS] = "dns_pointers", [DNS_RDLENGTH] = "dns_rdlength",
		[DNS_SERVICE] = "dns_service",
	};

	return names[fault];
}

bool
dns_next(struct dns *d, struct dns_address *a)
{
	while (d->given < d->n_records) {
		const struct record *r = &d->records[d->given++];

		if (r->owner == NOTHING)
			continue;
		addr_from_bytes(&a->addr, d->msg + r->data, r->size);
		a->ttl = r->ttl < d->nodes[r->owner].ttl ? r->ttl : d->nodes[r->owner].ttl;
		a->alias = r->link == NOTHING ? r->owner : d->links[r->link].target;
		a->hint = r->hint;
		return true;
	}
	return false;
}

static void
put_name(const struct dns *d, const struct node *node, struct buf *out)
{
	const uint8_t *label = d->names + node->name.at, *end = label + node->name.len;
	char *begin = buf_room(out, NAME_STRLEN), *p = begin;

	if (begin == NULL)
		return;
	if (label == end)
		*p++ = '.';
	while (label < end) {
		p += name_label_format(label + 1, *label, p);
		label += *label + 1u;
		if (label < end)
			*p++ = '.';
	}
	out->len += (size_t)(p - begin);
}

void
dns_name(const struct dns *d, struct buf *out)
{
	put_name(d, &d->nodes[0], out);
}

void
dns_via(struct dns *d, unsigned alias, struct buf *out)
{
	size_t n = d->nodes[alias].depth, at = alias;

	for (size_t i = n; i > 0; i--) {
		d->queue[i - 1] = (uint16_t)at;
		at = d->nodes[at].parent;
	}
	for (size_t i = 0; i < n && !out->overflow; i++) {
		if (i > 0)
			buf_byte(out, ',');
		put_name(d, &d->nodes[d->queue[i]], out);
	}
}
