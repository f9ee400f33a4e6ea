/*
 * A change appends the route to a log and blanks the former place of the route. So pending changes
 * of a prefix coalesce and are never reordered. One log has the announced routes, which a new
 * session reads from the start; the other has withdrawn routes that some peer still has. A reader
 * has a cursor into each log, and a bit for each route that was sent to its peer. The log of
 * withdrawals is read first, so that withdrawals do not wait behind a full table.
 *
 * Invariants: a route in use has exactly one place in one log, slot.at. slot.holders is the number
 * of readers whose bit for the slot is set. A route without holders is never in the log of
 * withdrawals.
 *
 * A mark is a second place of a reader in each log: the changes between cursor and mark are marked.
 * If a marked change is replaced, the mark moves behind the new change, so that the reader has sent
 * the route in its old or new state when it reaches the mark.
 */
#include "bgp/ribout.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/table.h"
#include "bgp/changelog.h"

#define BLANK CHANGELOG_BLANK
#define KEY_MAX 17

struct slot {
	uint32_t at;			/* place in the log; in a free slot, the next free slot */
	uint32_t attrs;
	uint32_t holders : 31;		/* the number of peers to which the route was sent */
	uint32_t log : 1;		/* enum ribout_log */
};

/* The routes of a family. `keys` has the prefix of each slot in NLRI format, padded with zeros. */
struct routes {
	size_t width;			/* bytes of a key */
	uint8_t *keys;			/* owned */
	struct slot *slots;		/* owned */
	size_t n, cap, keys_cap;
	uint32_t free;			/* the first free slot, or BLANK */
	struct table index;
	size_t announced;
	struct changelog logs[RIBOUT_LOGS];
};

struct ribout {
	uint64_t seed;
	bool complete, uses_marks;
	void (*drop)(void *owner, uint32_t attrs);
	void *owner;
	struct routes of[BGP_FAMILIES];
	struct ribout_reader **readers;	/* owned array */
	size_t n_readers, readers_cap;
};

static uint8_t *
key_of(const struct routes *t, uint32_t slot)
{
	return t->keys + slot * t->width;
}

struct ribout *
ribout_new(uint64_t seed)
{
	struct ribout *rib = mem_zero(1, sizeof(*rib));

	rib->seed = seed;
	for (int f = 0; f < BGP_FAMILIES; f++) {
		rib->of[f].width = f == BGP_IPV4 ? 5 : KEY_MAX;
		rib->of[f].free = BLANK;
	}
	return rib;
}

void
ribout_free(struct ribout *rib)
{
	for (int f = 0; f < BGP_FAMILIES; f++) {
		struct routes *t = &rib->of[f];

		free(t->keys);
		free(t->slots);
		table_free(&t->index);
		for (int log = 0; log < RIBOUT_LOGS; log++)
			changelog_free(&t->logs[log]);
	}
	free(rib->readers);
	free(rib);
}

static void
make_key(const struct prefix *p, size_t width, uint8_t key[KEY_MAX])
{
	key[0] = p->len;
	memcpy(key + 1, p->addr.bytes, width - 1);
}

static uint32_t
hash_key(const struct ribout *rib, const struct routes *t, const uint8_t *key)
{
	return (uint32_t)hash_bytes(rib->seed, key, t->width);
}

/* The slot with this key, or TABLE_NONE. */
static uint32_t
find_key(const struct routes *t, uint32_t hash, const uint8_t *key)
{
	size_t at = table_start(&t->index, hash);
	uint32_t slot;

	while ((slot = table_next(&t->index, hash, &at)) != TABLE_NONE)
		if (memcmp(key_of(t, slot), key, t->width) == 0)
			break;
	return slot;
}

/* Removes the blanks of a log with many, and adapts the cursors and marks of all readers. */
static void
compact_if_sparse(struct ribout *rib, enum bgp_family family, enum ribout_log log)
{
	struct routes *t = &rib->of[family];
	struct changelog *l = &t->logs[log];
	size_t n = 0;

	if (!changelog_is_sparse(l))
		return;
	for (size_t i = 0; i < rib->n_readers; i++) {
		size_t *cursor = &rib->readers[i]->of[family].cursor[log];
		size_t *mark = &rib->readers[i]->of[family].mark[log];

		*mark = *mark > *cursor ? changelog_count(l, *mark) : 0;
		*cursor = changelog_count(l, *cursor);
	}
	for (size_t i = 0; i < l->n; i++) {
		if (l->places[i] == BLANK)
			continue;
		t->slots[l->places[i]].at = (uint32_t)n;
		l->places[n++] = l->places[i];
	}
	l->n = n;
	l->blank = 0;
}

static void
append_to_log(struct routes *t, uint32_t slot, enum ribout_log log)
{
	t->slots[slot].at = (uint32_t)changelog_append(&t->logs[log], slot);
	t->slots[slot].log = log;
}

static void
blank(struct routes *t, uint32_t slot)
{
	changelog_blank(&t->logs[t->slots[slot].log], t->slots[slot].at);
}

/* Moves the marks before a marked change of this slot is replaced by one at the end of `log`. */
static void
carry_marks(struct ribout *rib, enum bgp_family family, uint32_t slot, enum ribout_log log)
{
	const struct slot *s = &rib->of[family].slots[slot];

	for (size_t i = 0; i < rib->n_readers; i++) {
		struct ribout_reader *r = rib->readers[i];

		if (s->at >= r->of[family].cursor[s->log] && s->at < r->of[family].mark[s->log])
			r->of[family].mark[log] = rib->of[family].logs[log].n + 1;
	}
}

/* Replaces the change of this slot by one at the end of `log`. */
static void
replace_change(struct ribout *rib, enum bgp_family family, uint32_t slot, enum ribout_log log)
{
	struct routes *t = &rib->of[family];

	compact_if_sparse(rib, family, log);
	if (rib->uses_marks)
		carry_marks(rib, family, slot, log);
	blank(t, slot);
	append_to_log(t, slot, log);
}

static uint32_t
new_slot(struct routes *t, const uint8_t *key, uint32_t attrs)
{
	uint32_t slot = t->free;

	if (slot != BLANK) {
		t->free = t->slots[slot].at;
	} else {
		t->slots = mem_grow(t->slots, t->n, &t->cap, sizeof(*t->slots));
		t->keys = mem_grow(t->keys, t->n, &t->keys_cap, t->width);
		slot = (uint32_t)t->n++;
	}
	t->slots[slot] = (struct slot){ .attrs = attrs };
	memcpy(key_of(t, slot), key, t->width);
	return slot;
}

/* Frees the slot of a withdrawn route that no peer has. */
static void
forget(const struct ribout *rib, struct routes *t, uint32_t slot)
{
	uint32_t hash = hash_key(rib, t, key_of(t, slot));

	table_remove(&t->index, hash, slot);
	blank(t, slot);
	t->slots[slot].at = t->free;
	t->free = slot;
}

void
ribout_on_drop(struct ribout *rib, void (*drop)(void *owner, uint32_t attrs), void *owner)
{
	rib->drop = drop;
	rib->owner = owner;
}

static void
drop_attrs(const struct ribout *rib, uint32_t attrs)
{
	if (rib->drop != NULL)
		rib->drop(rib->owner, attrs);
}

bool
ribout_announce(struct ribout *rib, const struct prefix *p, uint32_t attrs)
{
	enum bgp_family family = bgp_family(p->addr.family);
	struct routes *t = &rib->of[family];
	uint8_t key[KEY_MAX];
	uint32_t hash, slot;

	make_key(p, t->width, key);
	hash = hash_key(rib, t, key);
	slot = find_key(t, hash, key);
	if (slot == TABLE_NONE) {
		slot = new_slot(t, key, attrs);
		table_add(&t->index, hash, slot);
		t->announced++;
		compact_if_sparse(rib, family, RIBOUT_ANNOUNCED);
		append_to_log(t, slot, RIBOUT_ANNOUNCED);
		return true;
	}
	if (t->slots[slot].log == RIBOUT_WITHDRAWN)
		t->announced++;
	else
		drop_attrs(rib, t->slots[slot].attrs);
	if (t->slots[slot].log == RIBOUT_ANNOUNCED && t->slots[slot].attrs == attrs)
		return false;
	t->slots[slot].attrs = attrs;
	replace_change(rib, family, slot, RIBOUT_ANNOUNCED);
	return true;
}

static uint32_t
find_prefix(const struct ribout *rib, const struct prefix *p)
{
	const struct routes *t = &rib->of[bgp_family(p->addr.family)];
	uint8_t key[KEY_MAX];

	make_key(p, t->width, key);
	return find_key(t, hash_key(rib, t, key), key);
}

bool
ribout_withdraw(struct ribout *rib, const struct prefix *p)
{
	enum bgp_family family = bgp_family(p->addr.family);
	struct routes *t = &rib->of[family];
	uint32_t slot = find_prefix(rib, p);

	if (slot == TABLE_NONE || t->slots[slot].log == RIBOUT_WITHDRAWN)
		return false;
	t->announced--;
	drop_attrs(rib, t->slots[slot].attrs);
	if (t->slots[slot].holders == 0) {
		forget(rib, t, slot);
		return true;
	}
	replace_change(rib, family, slot, RIBOUT_WITHDRAWN);
	return true;
}

bool
ribout_get(const struct ribout *rib, const struct prefix *p, uint32_t *attrs)
{
	const struct routes *t = &rib->of[bgp_family(p->addr.family)];
	uint32_t slot = find_prefix(rib, p);

	if (slot == TABLE_NONE || t->slots[slot].log == RIBOUT_WITHDRAWN)
		return false;
	*attrs = t->slots[slot].attrs;
	return true;
}

bool
ribout_has(const struct ribout *rib, const struct prefix *p)
{
	uint32_t attrs;

	return ribout_get(rib, p, &attrs);
}

size_t
ribout_routes(const struct ribout *rib, enum bgp_family family)
{
	return rib->of[family].announced;
}

void
ribout_each(const struct ribout *rib, enum bgp_family family,
    void (*see)(void *owner, uint32_t attrs), void *owner)
{
	const struct routes *t = &rib->of[family];
	const struct changelog *l = &t->logs[RIBOUT_ANNOUNCED];

	for (size_t i = 0; i < l->n; i++)
		if (l->places[i] != BLANK)
			see(owner, t->slots[l->places[i]].attrs);
}

void
ribout_complete(struct ribout *rib)
{
	rib->complete = true;
}

bool
ribout_is_complete(const struct ribout *rib)
{
	return rib->complete;
}

void
ribout_attach(struct ribout *rib, struct ribout_reader *r)
{
	memset(r, 0, sizeof(*r));
	rib->readers = mem_grow(rib->readers, rib->n_readers, &rib->readers_cap,
	    sizeof(*rib->readers));
	rib->readers[rib->n_readers++] = r;
}

static bool
has(const struct ribout_reader *r, enum bgp_family family, uint32_t slot)
{
	return slot / 64 < r->of[family].words && r->of[family].sent[slot / 64] >> slot % 64 & 1;
}

bool
ribout_was_sent(const struct ribout *rib, const struct ribout_reader *r, const struct prefix *p)
{
	uint32_t slot = find_prefix(rib, p);

	return slot != TABLE_NONE && has(r, bgp_family(p->addr.family), slot);
}

static void
release(struct ribout *rib, enum bgp_family family, uint32_t slot)
{
	struct slot *s = &rib->of[family].slots[slot];

	s->holders--;
	if (s->holders == 0 && s->log == RIBOUT_WITHDRAWN)
		forget(rib, &rib->of[family], slot);
}

static void
release_all(struct ribout *rib, const struct ribout_reader *r, enum bgp_family family)
{
	for (size_t i = 0; i < r->of[family].words; i++)
		for (uint64_t word = r->of[family].sent[i]; word != 0; word &= word - 1)
			release(rib, family, (uint32_t)(i * 64 + (size_t)__builtin_ctzll(word)));
}

void
ribout_detach(struct ribout *rib, struct ribout_reader *r)
{
	for (size_t i = 0; i < rib->n_readers; i++)
		if (rib->readers[i] == r) {
			rib->readers[i] = rib->readers[--rib->n_readers];
			break;
		}
	for (int f = 0; f < BGP_FAMILIES; f++) {
		release_all(rib, r, (enum bgp_family)f);
		free(r->of[f].sent);
	}
	memset(r, 0, sizeof(*r));
}

/*
 * Moves the cursor over blanks, and over withdrawn routes that were not sent to the reader's peer.
 * False at the end of the log.
 */
static bool
advance(const struct routes *t, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log)
{
	const struct changelog *l = &t->logs[log];
	size_t *cursor = &r->of[family].cursor[log];

	for (; *cursor < l->n; ++*cursor) {
		uint32_t slot = l->places[*cursor];

		if (slot != BLANK && (log == RIBOUT_ANNOUNCED || has(r, family, slot)))
			return true;
	}
	return false;
}

bool
ribout_next(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, struct ribout_change *c)
{
	struct routes *t = &rib->of[family];

	if (!advance(t, r, family, log)) {
		if (log != RIBOUT_ANNOUNCED || !r->of[family].again)
			return false;
		r->of[family].again = false;
		r->of[family].cursor[log] = r->of[family].mark[log] = 0;
		if (!advance(t, r, family, log))
			return false;
	}
	c->slot = t->logs[log].places[r->of[family].cursor[log]];
	c->nlri = key_of(t, c->slot);
	c->attrs = t->slots[c->slot].attrs;
	c->had = has(r, family, c->slot);
	return true;
}

static void
set_sent(struct ribout *rib, struct ribout_reader *r, enum bgp_family family, uint32_t slot)
{
	size_t need = slot / 64 + 1;

	if (need > r->of[family].words) {
		size_t words = (rib->of[family].cap + 63) / 64;

		r->of[family].sent = mem_resize(r->of[family].sent, words, sizeof(uint64_t));
		memset(r->of[family].sent + r->of[family].words, 0,
		    (words - r->of[family].words) * sizeof(uint64_t));
		r->of[family].words = words;
	}
	r->of[family].sent[slot / 64] |= UINT64_C(1) << slot % 64;
	r->of[family].routes++;
	rib->of[family].slots[slot].holders++;
}

static void
clear_sent(struct ribout *rib, struct ribout_reader *r, enum bgp_family family, uint32_t slot)
{
	r->of[family].sent[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	r->of[family].routes--;
	release(rib, family, slot);
}

void
ribout_take(struct ribout *rib, struct ribout_reader *r, enum bgp_family family,
    enum ribout_log log, const struct ribout_change *c, bool has)
{
	r->of[family].cursor[log]++;
	if (has && !c->had)
		set_sent(rib, r, family, c->slot);
	else if (!has && c->had)
		clear_sent(rib, r, family, c->slot);
}

bool
ribout_refresh(struct ribout *rib, struct ribout_reader *r, enum bgp_family family)
{
	size_t *cursor = &r->of[family].cursor[RIBOUT_ANNOUNCED];

	if (*cursor == 0 || r->of[family].again)
		return false;
	if (*cursor < rib->of[family].logs[RIBOUT_ANNOUNCED].n)
		r->of[family].again = true;
	else
		*cursor = r->of[family].mark[RIBOUT_ANNOUNCED] = 0;
	return true;
}

void
ribout_mark(struct ribout *rib, struct ribout_reader *r, unsigned families)
{
	rib->uses_marks = true;
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int log = 0; families & BGP_BIT(f) && log < RIBOUT_LOGS; log++)
			r->of[f].mark[log] = rib->of[f].logs[log].n;
}

size_t
ribout_pending(const struct ribout *rib, const struct ribout_reader *r, enum bgp_family family)
{
	const struct routes *t = &rib->of[family];
	size_t n = 0;

	for (int log = 0; log < RIBOUT_LOGS; log++)
		n += t->logs[log].n - r->of[family].cursor[log];
	return r->of[family].again ? n + t->announced : n;
}
