/*
 * The first record differs between versions: version 1 has LIFE in microseconds, version 2 has LIFE
 * as text, version 3 adds the limits. A page of the directory has a checksum, since a damaged page
 * could name a slot that is being overwritten.
 */
#include "store/store_directory.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "store/bytes.h"

#define META_KEY "\0"
#define META_HEAD 20		/* version, slots, three limits */
#define META_HEAD_OF_2 8	/* version, slots */
#define META_OF_1 12		/* version, LIFE in microseconds */
#define PAGE_SLOTS STORE_DIRECTORY_PAGE_SLOTS
#define PAGE_BYTES STORE_DIRECTORY_PAGE_BYTES

static const char not_a_cache[] = "not a cache of ipcache";

bool
store_is_damage(const char *why)
{
	return why == not_a_cache || strncmp(why, "damaged", 7) == 0;
}

void
store_directory_free(struct store_directory *d)
{
	free(d->seqs);
	free(d->dirty);
}

/* --- The first record --- */

bool
store_directory_write_meta(const struct store_directory *d, const struct store_file *f)
{
	uint8_t meta[META_HEAD + LIFE_TEXT_MAX];
	const struct cache_limits *most = &d->terms.limits;
	const uint32_t head[] = { STORE_VERSION, d->slots, most->pairs, most->addresses,
	    most->names };
	size_t life = strlen(d->terms.life);

	for (int i = 0; i < 5; i++)
		bytes_put(meta + 4 * i, head[i], 4);
	memcpy(meta + META_HEAD, d->terms.life, life);
	return tdb_store(f->tdb, store_file_datum(META_KEY, 1), store_file_datum(meta,
	    META_HEAD + life), 0) == 0;
}

static bool
parse_life(struct store_directory *d, const char *text, size_t n)
{
	struct life life;

	if (n > LIFE_TEXT_MAX || (n > 0 && life_parse((struct str){ text, n }, &life) != NULL))
		return false;
	memcpy(d->terms.life, text, n);
	d->terms.life[n] = '\0';
	return true;
}

static bool
parse_life_of_1(struct store_directory *d, uint64_t life)
{
	char text[LIFE_TEXT_MAX];
	int n = life % SECOND == 0 ? snprintf(text, sizeof(text), "%llus",
	    (unsigned long long)(life / SECOND)) : snprintf(text, sizeof(text), "%llums",
	    (unsigned long long)(life / 1000));

	return life <= TIME_MAX && parse_life(d, text, life > 0 ? (size_t)n : 0);
}

static bool
parse_limits(struct store_directory *d, const char *data)
{
	struct cache_limits *most = &d->terms.limits;

	*most = (struct cache_limits){ .pairs = (uint32_t)bytes_get(data, 4),
	    .addresses = (uint32_t)bytes_get(data + 4, 4),
	    .names = (uint32_t)bytes_get(data + 8, 4) };
	return most->pairs <= CACHE_LIMIT_MAX && most->addresses <= CACHE_LIMIT_MAX &&
	    most->names <= CACHE_LIMIT_MAX;
}

static bool
parse_terms(struct store_directory *d, struct str meta)
{
	size_t head = d->version == 2 ? META_HEAD_OF_2 : META_HEAD;

	if (d->version == 1)
		return meta.n == META_OF_1 && parse_life_of_1(d, bytes_get(meta.p + 4, 8));
	return meta.n >= head && parse_life(d, meta.p + head, meta.n - head) &&
	    (d->version == 2 || parse_limits(d, meta.p + META_HEAD_OF_2));
}

static const char *
parse_meta(struct store_directory *d, struct str meta)
{
	static char text[96];

	d->version = meta.n >= META_HEAD_OF_2 ? (uint32_t)bytes_get(meta.p, 4) : 0;
	if (d->version == 0)
		return not_a_cache;
	if (d->version > STORE_VERSION) {
		snprintf(text, sizeof(text),
		    "a cache of version %lu, from a newer ipcache; supported up to %d",
		    (unsigned long)d->version, STORE_VERSION);
		return text;
	}
	return parse_terms(d, meta) ? NULL : "damaged: invalid LIFE or limits";
}

uint32_t
store_directory_parse_meta(struct str meta, struct store_terms *terms)
{
	struct store_directory d = { 0 };

	if (parse_meta(&d, meta) != NULL)
		d.terms = (struct store_terms){ 0 };
	*terms = d.terms;
	return d.version;
}

/* --- Pages --- */

static uint64_t
page_checksum(const uint8_t page[PAGE_BYTES])
{
	uint64_t sum = UINT64_C(0x9e3779b97f4a7c15), word;

	for (size_t i = 0; i < PAGE_BYTES - 8; i += 8) {
		memcpy(&word, page + i, 8);
		sum = hash_mix(sum ^ le64toh(word), UINT64_C(0xd6e8feb86659fd93)) + i;
	}
	return sum;
}

void
store_directory_resize(struct store_directory *d, uint32_t slots)
{
	uint32_t pages = (slots + PAGE_SLOTS - 1) / PAGE_SLOTS;

	d->seqs = mem_resize(d->seqs, (size_t)pages * PAGE_SLOTS, sizeof(*d->seqs));
	d->dirty = mem_resize(d->dirty, pages, sizeof(*d->dirty));
	for (uint32_t i = d->pages * PAGE_SLOTS; i < pages * PAGE_SLOTS; i++)
		d->seqs[i] = 0;
	for (uint32_t i = d->pages; i < pages; i++)
		d->dirty[i] = true;
	d->pages = pages;
	d->slots = slots;
}

void
store_directory_set(struct store_directory *d, uint32_t slot, uint64_t seq)
{
	d->seqs[slot] = seq;
	d->dirty[slot / PAGE_SLOTS] = true;
}

static bool
write_page(const struct store_directory *d, const struct store_file *f, uint32_t page)
{
	uint8_t data[PAGE_BYTES], key[STORE_FILE_KEY_SIZE];

	for (uint32_t i = 0; i < PAGE_SLOTS; i++)
		bytes_put(data + 8 * i, d->seqs[page * PAGE_SLOTS + i], 8);
	bytes_put(data + PAGE_BYTES - 8, page_checksum(data), 8);
	return tdb_store(f->tdb, store_file_key(key, STORE_DIRECTORY_PAGE_KEY, page),
	    store_file_datum(data, sizeof(data)), 0) == 0;
}

bool
store_directory_write(const struct store_directory *d, const struct store_file *f, uint32_t first)
{
	for (uint32_t i = first; i < d->pages; i++)
		if (d->dirty[i] && !write_page(d, f, i))
			return false;
	return true;
}

void
store_directory_clean(struct store_directory *d)
{
	memset(d->dirty, 0, d->pages * sizeof(*d->dirty));
}

static const char *
read_page(struct store_directory *d, const struct store_file *f, uint32_t page)
{
	uint8_t key[STORE_FILE_KEY_SIZE];
	TDB_DATA data = tdb_fetch(f->tdb, store_file_key(key, STORE_DIRECTORY_PAGE_KEY, page));
	bool good = data.dptr != NULL && data.dsize == PAGE_BYTES &&
	    bytes_get(data.dptr + PAGE_BYTES - 8, 8) == page_checksum(data.dptr);

	for (uint32_t i = page * PAGE_SLOTS, at = 0; good && at < PAGE_SLOTS; i++, at++) {
		d->seqs[i] = bytes_get(data.dptr + 8 * at, 8);
		good = d->seqs[i] <= (i < d->slots ? SEGMENT_SEQ_MAX : 0);
	}
	d->dirty[page] = false;
	free(data.dptr);
	return good ? NULL : "damaged: missing or invalid page of the directory";
}

const char *
store_directory_read(struct store_directory *d, const struct store_file *f)
{
	TDB_DATA meta = tdb_fetch(f->tdb, store_file_datum(META_KEY, 1));
	const char *why = parse_meta(d, (struct str){ (char *)meta.dptr, meta.dsize });
	uint64_t slots = why == NULL && d->version > 1 ? bytes_get(meta.dptr + 4, 4) : 0;

	free(meta.dptr);
	if (why == NULL && (slots * SEGMENT_SIZE > store_file_size(f) ||
	    store_file_is_truncated(f)))
		why = "damaged: truncated";
	if (why == NULL && d->version > 1 && slots == 0)
		why = "damaged: no slots";
	if (why != NULL)
		return why;
	d->pages = 0;
	store_directory_resize(d, (uint32_t)slots);
	for (uint32_t i = 0; i < d->pages && why == NULL; i++)
		why = read_page(d, f, i);
	return why;
}
