#include "match/domset.h"

#include <endian.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pages.h"
#include "line/answer.h"
#include "match/pattern.h"

/*
 * How a rule lies in the pool: this, then its name, then for some the length in two bytes and the
 * text of the entry. A million of them are to be small: that is why the fields have widths.
 */
struct rule {
	uint16_t list;
	/* Of the name as it is in text, nothing for the root and for regexes. */
	uint16_t name_len : 10;
	uint16_t form : 3;
	uint16_t negated : 1;
	uint16_t has_text : 1;	/* what the list says is not just the form's marks and the name */
};

struct regex {
	uint32_t rule;
	bool reported;		/* as switched off */
	struct domset_place place;
};

/*
 * A place in the table of rules. The tag, of the hash, mostly tells another name's rule without a
 * look at the rule, which is far; five bytes for both.
 */
struct slot {
	uint32_t rule;		/* DOMSET_NO_RULE: it is empty */
	uint8_t tag;
} __attribute__((packed));

#define POOL_START 1		/* of the first rule: the place 0 is DOMSET_NO_RULE */
#define EXPECT_MAX (256 * 1024 * 1024)	/* bytes that are taken ahead, at most */
#define LABELS_MAX 127		/* of a name: NAME_WIRE_MAX bytes hold no more */
/* Of the names that `reach` knows, at most: enough to be done with most others. */
#define REACH_LABELS 4

struct domset {
	uint64_t seed;
	struct buf pool;	/* the rules; a rule is known by its place */
	/* Rules by the hash of their name, in open addressing; made by domset_seal. */
	struct slot *index;
	size_t index_mask;
	size_t domains_n;	/* domain entries in the pool, duplicates counted */
	size_t rules_n;		/* that are in force */
	/*
	 * An entry that means what is below its name has so many labels; likewise one that means
	 * the name itself.
	 */
	bool depths[LABELS_MAX + 1], exact_depths[LABELS_MAX + 1];
	/* The first in `depths` from there on, or one that none has. */
	uint8_t next_depths[LABELS_MAX + 2];
	/*
	 * Two bits, in one word, for each name, of few labels, at or below which there are entries,
	 * by its hash: a word for four entries. A name without has no entry, nor has any below it,
	 * which mostly spares a look into the table, where memory is far.
	 */
	uint64_t *reach;
	size_t reach_mask;
	struct patterns patterns;
	struct regex *regexes;	/* by the numbers of `patterns` */
	size_t regexes_cap, reported;
	struct domset_place place;	/* of the entries that are added now */
	bool excepts;
	struct str *tags;	/* their texts are owned */
	size_t tags_n, tags_cap;
};

struct domset *
domset_new(uint64_t seed)
{
	struct domset *set = mem_zero(1, sizeof(*set));

	set->seed = seed;
	set->pool = BUF(UINT32_MAX);
	buf_byte(&set->pool, 0);	/* no rule has the place DOMSET_NO_RULE */
	return set;
}

static void
free_tables(struct domset *set)
{
	if (set->index == NULL)
		return;
	pages_free(set->reach, set->reach_mask + 1, sizeof(*set->reach));
	pages_free(set->index, set->index_mask + 1, sizeof(*set->index));
}

void
domset_free(struct domset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->tags_n; i++)
		free((char *)set->tags[i].p);
	patterns_free(&set->patterns);
	free_tables(set);
	free(set->regexes);
	free(set->tags);
	buf_free(&set->pool);
	free(set);
}

unsigned
domset_list(struct domset *set, struct str tag)
{
	for (size_t i = 0; i < set->tags_n; i++)
		if (str_eq(set->tags[i], tag))
			return (unsigned)i;
	set->tags = mem_grow(set->tags, set->tags_n, &set->tags_cap, sizeof(*set->tags));
	set->tags[set->tags_n] = (struct str){ mem_dup(tag.p, tag.n), tag.n };
	return (unsigned)set->tags_n++;
}

unsigned
domset_lists(const struct domset *set)
{
	return (unsigned)set->tags_n;
}

struct str
domset_tag(const struct domset *set, unsigned list)
{
	return set->tags[list];
}

size_t
domset_entries(const struct domset *set)
{
	return set->rules_n;
}

uint64_t
domset_regex_limits(const struct domset *set)
{
	return set->patterns.given_up;
}

size_t
domset_regexes_off(const struct domset *set)
{
	return set->patterns.off;
}

void
domset_except(struct domset *set)
{
	set->excepts = true;
}

void
domset_set_place(struct domset *set, const char *file, unsigned long line)
{
	set->place = (struct domset_place){ file, line };
}

bool
domset_take_off(struct domset *set, struct domset_place *place)
{
	if (set->reported == set->patterns.off)
		return false;
	for (size_t i = 0; i < set->patterns.n; i++) {
		struct regex *x = &set->regexes[i];

		if (x->reported || !pattern_is_off(&set->patterns, i))
			continue;
		x->reported = true;
		set->reported++;
		*place = x->place;
		return true;
	}
	return false;
}

static struct rule
rule_at(const struct domset *set, uint32_t place)
{
	struct rule r;

	memcpy(&r, set->pool.data + place, sizeof(r));
	return r;
}

static struct str
name_at(const struct domset *set, uint32_t place, size_t len)
{
	return (struct str){ set->pool.data + place + sizeof(struct rule), len };
}

/* What the list has, where it is stored: rule_at(...).has_text. */
static struct str
text_at(const struct domset *set, uint32_t place)
{
	struct str name = name_at(set, place, rule_at(set, place).name_len);
	const uint8_t *p = (const uint8_t *)name.p + name.n;

	return (struct str){ (const char *)p + 2, (size_t)(p[0] << 8 | p[1]) };
}

/* The bytes of a rule in the pool. */
static size_t
rule_size(const struct domset *set, uint32_t place)
{
	struct rule r = rule_at(set, place);

	return sizeof(r) + r.name_len + (r.has_text ? 2 + text_at(set, place).n : 0);
}

bool
domset_negated(const struct domset *set, uint32_t rule)
{
	return rule_at(set, rule).negated;
}

/* The root has no labels. */
static struct str
labels_of(struct str name)
{
	return str_eq(name, STR(".")) ? STR("") : name;
}

/* The marks before a name, by which people and this file know the form. */
static struct str
marks_of(const struct rule *r)
{
	static const struct str marks[][2] = {
		[LIST_DOMAIN] = { STR(""), STR("!") },
		[LIST_EXACT] = { STR("="), STR("!=") },
		[LIST_BELOW] = { STR("*."), STR("!*.") },
	};

	return marks[r->form][r->negated];
}

/*
 * Whether marks and canonical name are just what the list has: most entries, which need no memory
 * then.
 */
static bool
is_as_named(const struct rule *r, const struct list_entry *e)
{
	struct str marks = marks_of(r);

	return e->text.n == marks.n + e->name.n && (e->text.p + marks.n == e->name.p ||
	    memcmp(e->text.p + marks.n, e->name.p, e->name.n) == 0);
}

/* Puts a rule into the pool. */
static uint32_t
store_rule(struct domset *set, const struct rule *r, struct str name, struct str text)
{
	uint32_t place = (uint32_t)set->pool.len;

	buf_put(&set->pool, r, sizeof(*r));
	buf_str(&set->pool, name);
	if (r->has_text) {
		buf_u16(&set->pool, (uint16_t)text.n);
		buf_str(&set->pool, text);
	}
	return place;
}

static const char *
add_regex(struct domset *set, const struct rule *r, const struct list_entry *e)
{
	const char *why = pattern_add(&set->patterns, r->list, e->name);
	size_t i = set->patterns.n - 1;

	if (why != NULL)
		return why;
	set->regexes = mem_grow(set->regexes, i, &set->regexes_cap, sizeof(*set->regexes));
	set->regexes[i] = (struct regex){ store_rule(set, r, STR(""), e->text), false,
	    set->place };
	set->rules_n++;
	return NULL;
}

const char *
domset_add(struct domset *set, unsigned list, const struct list_entry *e)
{
	struct rule r = { .list = (uint16_t)list, .form = (uint16_t)e->form & 7,
	    .negated = e->negated, .has_text = true };
	struct str name = labels_of(e->name);

	if (4 * e->text.n > DOMSET_ENTRY_MAX && answer_escaped_length(e->text) > DOMSET_ENTRY_MAX)
		return "entry too long";
	if (set->pool.len > UINT32_MAX - 2 * UINT16_MAX)
		return "too many entries";
	if (e->form == LIST_REGEX)
		return add_regex(set, &r, e);
	r.name_len = (uint16_t)name.n & 1023;
	r.has_text = !is_as_named(&r, e);
	store_rule(set, &r, name, e->text);
	set->domains_n++;
	return NULL;
}

void
domset_expect(struct domset *set, size_t bytes)
{
	struct buf *pool = &set->pool;
	size_t cap = pool->len + bytes;
	char *data;

	if (cap <= pool->cap || cap > EXPECT_MAX || bytes < pool->len)
		return;		/* of many small lists, each would have all before it copied */
	data = mem_alloc(cap);
	memcpy(data, pool->data, pool->len);
	free(pool->data);
	pool->data = data;
	pool->cap = cap;
}

static bool
is_same_rule(const struct domset *set, uint32_t one, uint32_t other)
{
	struct rule a = rule_at(set, one), b = rule_at(set, other);

	return a.list == b.list && a.form == b.form && a.negated == b.negated &&
	    a.name_len == b.name_len &&
	    str_eq(name_at(set, one, a.name_len), name_at(set, other, b.name_len));
}

static uint8_t
tag_of(uint64_t hash)
{
	return (uint8_t)(hash >> 56);
}

/* The last 8 bytes of a text, the last one at the top; zeros where it has not so many. */
static inline uint64_t
last_eight(const char *text, size_t n)
{
	uint64_t x = 0;

	if (n >= 8)
		return le64toh(str_eight(text + n - 8));
	for (size_t i = 0; i < n; i++)
		x = x >> 8 | (uint64_t)(uint8_t)text[i] << 56;
	return x;
}

/*
 * A walk over a name from its end, label by label: over the names above it, the topmost first, to
 * itself. Their hashes come from blocks of eight bytes, counted from the end, so that one pass has
 * them all.
 */
struct walk {
	uint64_t key[2];	/* of the set */
	/* What is left of it before the blocks that were taken in, this one too. */
	struct str name;
	uint64_t block;		/* the last bytes of that, the last one at the top */
	uint64_t dots;		/* in the block, that are ahead yet */
	uint64_t state;		/* the hash of all blocks behind this one */
	size_t behind;		/* bytes in these */
	size_t length;		/* of the name that the walk is at */
	bool over;		/* it is the whole one */
};

static inline void
load_block(struct walk *w)
{
	w->block = last_eight(w->name.p, w->name.n);
	w->dots = str_places(w->block, '.');
}

static inline void
pass_block(struct walk *w)
{
	w->state = hash_mix(w->state ^ w->block, w->key[0]) + w->key[1];
	w->name.n -= 8;
	w->behind += 8;
	load_block(w);
}

static inline struct walk
walk_begin(const struct domset *set, struct str name)
{
	struct walk w = { .key = { set->seed | 1, set->seed ^ UINT64_C(0x9e3779b97f4a7c15) },
	    .name = name,
		.state = set->seed, .over = name.n == 0 };

	load_block(&w);
	return w;
}

/* Takes one label more in; not when the walk is over. */
static inline void
walk_on(struct walk *w)
{
	size_t ahead;

	while (w->dots == 0 && w->name.n >= 8)
		pass_block(w);
	w->over = w->dots == 0;
	ahead = w->over ? w->name.n : (size_t)__builtin_clzll(w->dots) / 8;
	w->length = w->behind + ahead;
	w->dots &= ~(UINT64_C(1) << 63 >> 8 * ahead);
}

/* Takes labels in, by whole blocks, but not so many as `least`. Returns how many. */
static inline size_t
walk_over(struct walk *w, size_t least)
{
	size_t n = 0, more;

	while (w->name.n >= 8 && n + (more = str_count(w->dots)) < least) {
		n += more;
		pass_block(w);
	}
	return n;
}

/* The hash of the name that the walk is at. */
static inline uint64_t
walk_hash(const struct walk *w)
{
	size_t n = w->length - w->behind;

	return hash_mix(w->state ^ (n > 0 ? w->block >> (64 - 8 * n) : 0),
	    w->key[1] + 2 * w->length);
}

/* The word of a name in `reach`, and its bits there. */
static inline uint64_t *
reach_word(const struct domset *set, uint64_t hash)
{
	return &set->reach[hash >> 32 & set->reach_mask];
}

static inline uint64_t
reach_bits(uint64_t hash)
{
	return UINT64_C(1) << (hash >> 26 & 63) | UINT64_C(1) << (hash >> 20 & 63);
}

static inline bool
is_reached(const struct domset *set, uint64_t hash)
{
	return (reach_bits(hash) & ~*reach_word(set, hash)) == 0;
}

static inline void
bloom_add(const struct domset *set, uint64_t hash)
{
	*reach_word(set, hash) |= reach_bits(hash);
}

/* A domain rule on its way into force. Memory is far: others are taken in between. */
struct sealing {
	uint32_t rule;
	uint64_t hash;		/* of its name */
	bool near;		/* the name has a place in `reach` */
};

static struct sealing
expect_rule(struct domset *set, uint32_t place, const struct rule *r)
{
	struct walk w = walk_begin(set, name_at(set, place, r->name_len));
	uint64_t hash = walk_hash(&w);
	size_t depth = 0;

	while (!w.over) {
		if (depth > 0 && depth <= REACH_LABELS)
			bloom_add(set, hash);
		walk_on(&w);
		depth++;
		hash = walk_hash(&w);
	}
	if (r->form != LIST_EXACT)
		set->depths[depth] = true;
	if (r->form != LIST_BELOW)
		set->exact_depths[depth] = true;
	__builtin_prefetch(reach_word(set, hash));
	__builtin_prefetch(&set->index[hash & set->index_mask]);
	return (struct sealing){ place, hash, depth > 0 && depth <= REACH_LABELS };
}

/* Puts it in force, unless its list has it already. */
static void
enter(struct domset *set, const struct sealing *s)
{
	struct slot new = { s->rule, tag_of(s->hash) };
	size_t at = s->hash & set->index_mask;

	if (s->near)
		bloom_add(set, s->hash);
	for (; set->index[at].rule != DOMSET_NO_RULE; at = (at + 1) & set->index_mask)
		if (set->index[at].tag == new.tag &&
		    is_same_rule(set, new.rule, set->index[at].rule))
			return;
	set->index[at] = new;
	set->rules_n++;
}

#define AHEAD 16	/* rules on their way */

static void
enter_rules(struct domset *set)
{
	struct sealing ahead[AHEAD];
	size_t n = 0;

	for (size_t place = POOL_START; place < set->pool.len;
	    place += rule_size(set, (uint32_t)place)) {
		struct rule r = rule_at(set, (uint32_t)place);

		if (r.form == LIST_REGEX)
			continue;
		if (n >= AHEAD)
			enter(set, &ahead[n % AHEAD]);
		ahead[n++ % AHEAD] = expect_rule(set, (uint32_t)place, &r);
	}
	for (size_t i = n > AHEAD ? n - AHEAD : 0; i < n; i++)
		enter(set, &ahead[i % AHEAD]);
}

void
domset_seal(struct domset *set)
{
	free_tables(set);
	for (set->reach_mask = 15; set->reach_mask < set->domains_n / 4;
	    set->reach_mask = 2 * set->reach_mask + 1)
		;
	for (set->index_mask = 63; set->index_mask / 4 * 3 < set->domains_n;
	    set->index_mask = 2 * set->index_mask + 1)
		;
	set->reach = pages_zero(set->reach_mask + 1, sizeof(*set->reach));
	set->index = pages_zero(set->index_mask + 1, sizeof(*set->index));
	set->rules_n = set->patterns.n;
	enter_rules(set);
	set->next_depths[LABELS_MAX + 1] = LABELS_MAX + 1;
	for (unsigned depth = LABELS_MAX + 1; depth-- > 0;)
		set->next_depths[depth] = set->depths[depth] ? (uint8_t)depth :
		    set->next_depths[depth + 1];
}

/* Of two rules of a name for one list: `=` before the rest, then an exception before its equal. */
static unsigned
rank(const struct rule *r)
{
	return (r->form == LIST_EXACT ? 2u : 0) + r->negated;
}

/* What is being asked: a name, for the lists that have not decided yet. */
struct question {
	struct str text, name;	/* as it is written, and without the root's dot */
	const uint32_t *decided;	/* by names before it; a place a list */
	uint32_t *found;		/* likewise, by this name */
	unsigned open;			/* lists without either */
};

/* Takes in the rules of one of the names from the question's name upwards, the longest first. */
static void
weigh_name(const struct domset *set, struct question *q, struct str name, uint64_t hash)
{
	bool whole = name.n == q->name.n;
	uint32_t rule;

	for (size_t at = hash & set->index_mask; (rule = set->index[at].rule) != DOMSET_NO_RULE;
	     at = (at + 1) & set->index_mask) {
		struct rule r, best;

		if (set->index[at].tag != tag_of(hash))
			continue;
		r = rule_at(set, rule);
		if (r.form == (whole ? LIST_BELOW : LIST_EXACT) ||
		    q->decided[r.list] != DOMSET_NO_RULE ||
		    !str_eq(name_at(set, rule, r.name_len), name))
			continue;
		if (q->found[r.list] == DOMSET_NO_RULE) {
			q->open--;
			q->found[r.list] = rule;
			continue;
		}
		/* Rules are met in the order of the list: of equals, the first stays. */
		best = rule_at(set, q->found[r.list]);
		if (best.name_len == r.name_len && rank(&r) > rank(&best))
			q->found[r.list] = rule;
	}
}

/* A name at or below which there may be entries, and which may have some itself. */
struct candidate {
	uint64_t hash;
	struct str name;
};

/* Finds those among the question's name and the ones above it, the root first; returns how many. */
static inline size_t
find_candidates(const struct domset *set, struct str name, struct candidate of[LABELS_MAX + 1])
{
	struct walk w = walk_begin(set, name);
	size_t n = 0;

	for (size_t depth = 0;; depth++) {
		bool asked = w.over ? set->exact_depths[depth] : set->depths[depth];
		bool near = depth > 0 && depth <= REACH_LABELS;
		uint64_t hash = asked || near ? walk_hash(&w) : 0;

		if (near && !is_reached(set, hash))
			return n;
		if (asked) {
			__builtin_prefetch(&set->index[hash & set->index_mask]);
			of[n++] = (struct candidate){ hash,
			    { name.p + name.n - w.length, w.length } };
		}
		if (w.over)
			return n;
		if (depth >= REACH_LABELS)
			depth += walk_over(&w, set->next_depths[depth + 1] - depth);
		walk_on(&w);
	}
}

/* Whether the rule of a regular expression would decide for a list that is open to it. */
static bool
may_decide(const struct domset *set, const struct question *q, const struct rule *r)
{
	struct rule best;

	if (q->decided[r->list] != DOMSET_NO_RULE)
		return false;
	if (q->found[r->list] == DOMSET_NO_RULE)
		return true;
	best = rule_at(set, q->found[r->list]);
	return best.form == LIST_REGEX && rank(&best) < rank(r);
}

/*
 * A regular expression decides only for a list in which no domain entry matches; an exception
 * before the rest. An exception that is given up applies: a wrong route is worse than a missing
 * one.
 */
static void
weigh_regexes(struct domset *set, struct question *q)
{
	struct patterns *p = &set->patterns;

	patterns_begin(p);
	for (size_t i = 0; i < p->n; i++) {
		uint32_t rule = set->regexes[i].rule;
		struct rule r = rule_at(set, rule);
		enum pattern_result result;

		if (!may_decide(set, q, &r))
			continue;
		result = pattern_match(p, i, q->text);
		if (result == PATTERN_MATCH ||
		    (result == PATTERN_GIVEN_UP && r.negated != set->excepts))
			q->found[r.list] = rule;
	}
	patterns_end(p);
}

unsigned
domset_match(struct domset *set, struct str name, uint32_t rules[])
{
	struct candidate candidates[LABELS_MAX + 1];
	uint32_t found[DOMSET_LISTS_MAX];
	struct question q = { .text = name, .name = labels_of(name), .decided = rules,
	    .found = found };
	size_t n = find_candidates(set, q.name, candidates);
	unsigned filled = 0;

	if (n == 0 && set->patterns.n == 0)
		return 0;
	for (size_t i = 0; i < set->tags_n; i++) {
		found[i] = DOMSET_NO_RULE;
		q.open += rules[i] == DOMSET_NO_RULE;
	}
	while (n-- > 0 && q.open > 0)
		weigh_name(set, &q, candidates[n].name, candidates[n].hash);
	weigh_regexes(set, &q);
	for (size_t i = 0; i < set->tags_n; i++) {
		if (found[i] == DOMSET_NO_RULE)
			continue;
		rules[i] = found[i];
		filled++;
	}
	return filled;
}

void
domset_text(const struct domset *set, uint32_t rule, struct buf *out)
{
	struct rule r = rule_at(set, rule);
	struct str name = name_at(set, rule, r.name_len);

	if (r.has_text) {
		answer_escape(text_at(set, rule), out);
		return;
	}
	buf_str(out, marks_of(&r));
	buf_str(out, name.n > 0 ? name : STR("."));
}
