#include "packet/connections.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

/* The key is hashed and compared as bytes. */
_Static_assert(sizeof(struct connections_key) == 38, "no padding");

/* The memory of a connection: the entry, and its slots in a table that is growing. */
#define ENTRY_MEMORY (sizeof(struct connections_entry) + 4 * sizeof(struct table_slot))

/*
 * Half of the memory is for entries. mem_grow doubles the array, so the limit is a power of two.
 */
static uint32_t
entries_within(size_t memory)
{
	uint32_t n = 16;

	while (n < UINT32_C(1) << 24 && 2 * n * ENTRY_MEMORY <= memory)
		n *= 2;
	return n;
}

void
connections_open(struct connections *t, size_t memory, uint64_t seed)
{
	const struct connections_list none = { CONNECTIONS_NONE, CONNECTIONS_NONE, 0 };
	uint32_t limit = entries_within(memory / 2);

	*t = (struct connections){ .seed = seed, .limit = limit, .unused = CONNECTIONS_NONE,
	    .bytes_limit = memory - limit * ENTRY_MEMORY, .lists = { none, none, none } };
}

size_t
connections_memory(const struct connections *t)
{
	return t->bytes + t->cap * sizeof(*t->entries) +
	    (t->table.size + t->table.old_size) * sizeof(struct table_slot);
}

/* --- The lists --- */

static void
unlink_entry(struct connections *t, uint32_t i)
{
	struct connections_entry *e = &t->entries[i];
	struct connections_list *list = &t->lists[e->state];

	list->n--;
	if (e->newer != CONNECTIONS_NONE)
		t->entries[e->newer].older = e->older;
	else
		list->newest = e->older;
	if (e->older != CONNECTIONS_NONE)
		t->entries[e->older].newer = e->newer;
	else
		list->oldest = e->newer;
}

static enum connections_state
state_of(const struct connections_entry *e)
{
	if (tcpstream_bytes(&e->stream) > 0)
		return CONNECTIONS_BUFFERS;
	return e->stream.next == e->first + 1 ? CONNECTIONS_NEW : CONNECTIONS_IDLE;
}

/* Makes an entry the newest of its list. */
static void
link_entry(struct connections *t, uint32_t i)
{
	struct connections_entry *e = &t->entries[i];
	struct connections_list *list;

	e->state = state_of(e);
	list = &t->lists[e->state];
	list->n++;
	e->newer = CONNECTIONS_NONE;
	e->older = list->newest;
	if (list->newest != CONNECTIONS_NONE)
		t->entries[list->newest].newer = i;
	else
		list->oldest = i;
	list->newest = i;
}

/* --- Connections --- */

static void
remove_entry(struct connections *t, uint32_t i)
{
	struct connections_entry *e = &t->entries[i];

	unlink_entry(t, i);
	table_remove(&t->table, e->hash, i);
	t->bytes -= tcpstream_bytes(&e->stream);
	tcpstream_free(&e->stream);
	e->older = t->unused;
	t->unused = i;
}

void
connections_free(struct connections *t)
{
	for (size_t list = 0; list < CONNECTIONS_STATES; list++)
		while (t->lists[list].newest != CONNECTIONS_NONE)
			remove_entry(t, t->lists[list].newest);
	free(t->entries);
	table_free(&t->table);
}

static uint32_t
find(const struct connections *t, const struct connections_key *key, uint32_t hash)
{
	size_t at = table_start(&t->table, hash);
	uint32_t i;

	while ((i = table_next(&t->table, hash, &at)) != TABLE_NONE)
		if (memcmp(&t->entries[i].key, key, sizeof(*key)) == 0)
			break;
	return i;
}

/* The connection to remove at the limit of connections. */
static uint32_t
first_to_go(const struct connections *t)
{
	const struct connections_list *lists = t->lists;

	if (lists[CONNECTIONS_NEW].n <= t->limit / 2 && lists[CONNECTIONS_IDLE].n > 0)
		return lists[CONNECTIONS_IDLE].oldest;
	return lists[lists[CONNECTIONS_NEW].n > 0 ? CONNECTIONS_NEW : CONNECTIONS_BUFFERS].oldest;
}

/* Returns an unused entry. At the limit, removes a connection. */
static uint32_t
new_entry(struct connections *t)
{
	uint32_t i;

	if (t->unused == CONNECTIONS_NONE && t->n < t->limit) {
		t->entries = mem_grow(t->entries, t->n, &t->cap, sizeof(*t->entries));
		return t->n++;
	}
	if (t->unused == CONNECTIONS_NONE) {
		i = first_to_go(t);
		t->removed++;
		remove_entry(t, i);
	}
	i = t->unused;
	t->unused = t->entries[i].older;
	return i;
}

static uint32_t
open_connection(struct connections *t, const struct connections_segment *s, uint32_t hash)
{
	uint32_t i = new_entry(t);

	t->entries[i] = (struct connections_entry){ .key = s->key, .hash = hash, .first = s->seq,
	    .stream = tcpstream_begin(s->seq + 1) };
	table_add(&t->table, hash, i);
	link_entry(t, i);
	t->opened++;
	return i;
}

/* The connection of a SYN: a new one, unless the SYN is repeated. */
static uint32_t
take_syn(struct connections *t, const struct connections_segment *s, uint32_t i, uint32_t hash)
{
	if (i != TABLE_NONE && t->entries[i].first == s->seq)
		return i;
	if (i != TABLE_NONE)
		remove_entry(t, i);
	return open_connection(t, s, hash);
}

/* Removes connections with buffered bytes, except entry i, until the limit is met. */
static void
limit_bytes(struct connections *t, uint32_t i)
{
	while (t->bytes > t->bytes_limit) {
		uint32_t oldest = t->lists[CONNECTIONS_BUFFERS].oldest;

		if (oldest == i)
			oldest = t->entries[i].newer;
		if (oldest == CONNECTIONS_NONE)
			return;
		t->removed++;
		remove_entry(t, oldest);
	}
}

/* Adds the data to a connection. False if the connection must be removed. */
static bool
add_data(struct connections *t, uint32_t i, const struct connections_segment *s, int64_t now,
    tcpstream_fn *fn, void *arg)
{
	struct tcpstream *stream = &t->entries[i].stream;
	uint32_t seq = s->seq + (s->flags & CONNECTIONS_SYN ? 1 : 0);
	uint32_t before = tcpstream_bytes(stream), damaged = stream->damaged;
	bool goes_on = tcpstream_add(stream, seq, s->data, now, fn, arg);

	t->bytes += tcpstream_bytes(stream);
	t->bytes -= before;
	t->damaged += stream->damaged - damaged;
	t->lost += !goes_on;
	if (s->flags & CONNECTIONS_FIN && seq + s->data.n == stream->next)
		return false;
	return goes_on;
}

void
connections_take(struct connections *t, const struct connections_segment *s, int64_t now,
    tcpstream_fn *fn, void *arg)
{
	uint32_t hash = (uint32_t)hash_bytes(t->seed, &s->key, sizeof(s->key));
	uint32_t i = find(t, &s->key, hash);

	if ((s->flags & (CONNECTIONS_SYN | CONNECTIONS_ACK)) == (CONNECTIONS_SYN | CONNECTIONS_ACK))
		i = take_syn(t, s, i, hash);
	if (i == TABLE_NONE) {
		t->unknown += s->data.n > 0;
		return;
	}
	unlink_entry(t, i);
	if (s->flags & CONNECTIONS_RST || !add_data(t, i, s, now, fn, arg)) {
		link_entry(t, i);
		remove_entry(t, i);
		return;
	}
	link_entry(t, i);
	limit_bytes(t, i);
}
