#define PCRE2_CODE_UNIT_WIDTH 8
#include "domset.h"

#include <pcre2.h>
#include <stdlib.h>

#include "answer.h"
#include "hash.h"
#include "mem.h"
#include "table.h"

#define ROOT 0
#define AS_NAMED 0	/* a text that need not be stored: the form's marks and the name */

/* A name: its first label; the rest of it is its parent. */
struct node {
	uint32_t parent;
	uint32_t label;		/* in the pool: the length in a byte, and the text */
	uint32_t rules;		/* the first of its rules, or DOMSET_NO_RULE */
};

struct rule {
	uint32_t next;		/* another rule of the same node */
	uint32_t node;
	uint32_t text;		/* in the pool: the length in two bytes, and the text; or AS_NAMED */
	uint16_t list;
	uint8_t form;
	bool negated;
};

struct regex {
	pcre2_code *code;	/* owned */
	uint32_t rule;
};

struct domset {
	uint64_t seed;
	struct node *nodes;
	size_t nodes_n, nodes_cap;
	struct rule *rules;	/* the first stands for DOMSET_NO_RULE */
	size_t rules_n, rules_cap;
	struct buf pool;
	struct table children;	/* nodes by parent and label */
	struct regex *regexes;
	size_t regexes_n, regexes_cap;
	pcre2_match_data *match_data;
	pcre2_match_context *match_context;
	uint64_t regex_limits;
	struct str *tags;	/* their texts are owned */
	size_t tags_n, tags_cap;
};

/*
 * Enough for any sane pattern on a name of 1,000 bytes at most, and over within a fraction of a
 * millisecond for one that backtracks without end.
 */
#define REGEX_MATCH_LIMIT 20000

static uint32_t
add_node(struct domset *set, uint32_t parent, uint32_t label)
{
	set->nodes = mem_grow(set->nodes, set->nodes_n, &set->nodes_cap, sizeof(*set->nodes));
	set->nodes[set->nodes_n] = (struct node){ parent, label, DOMSET_NO_RULE };
	return (uint32_t)set->nodes_n++;
}

static uint32_t
add_rule(struct domset *set, const struct rule *r)
{
	set->rules = mem_grow(set->rules, set->rules_n, &set->rules_cap, sizeof(*set->rules));
	set->rules[set->rules_n] = *r;
	return (uint32_t)set->rules_n++;
}

struct domset *
domset_new(uint64_t seed)
{
	struct domset *set = mem_zero(1, sizeof(*set));

	set->seed = seed;
	set->pool = BUF(UINT32_MAX);
	buf_byte(&set->pool, 0);	/* so that no text has the place AS_NAMED */
	add_node(set, ROOT, 0);
	add_rule(set, &(struct rule){ .next = DOMSET_NO_RULE });
	set->match_context = pcre2_match_context_create(NULL);
	set->match_data = pcre2_match_data_create(1, NULL);
	pcre2_set_match_limit(set->match_context, REGEX_MATCH_LIMIT);
	return set;
}

void
domset_free(struct domset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->regexes_n; i++)
		pcre2_code_free(set->regexes[i].code);
	for (size_t i = 0; i < set->tags_n; i++)
		free((char *)set->tags[i].p);
	pcre2_match_data_free(set->match_data);
	pcre2_match_context_free(set->match_context);
	free(set->nodes);
	free(set->rules);
	table_free(&set->children);
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
	return set->rules_n - 1;
}

uint64_t
domset_regex_limits(const struct domset *set)
{
	return set->regex_limits;
}

bool
domset_negated(const struct domset *set, uint32_t rule)
{
	return set->rules[rule].negated;
}

static struct str
label_of(const struct domset *set, uint32_t node)
{
	const char *p = set->pool.data + set->nodes[node].label;

	return (struct str){ p + 1, (uint8_t)*p };
}

/* Takes the last label off the end of *name, which is not empty. */
static struct str
last_label(struct str *name)
{
	size_t at = name->n;
	struct str label;

	while (at > 0 && name->p[at - 1] != '.')
		at--;
	label = (struct str){ name->p + at, name->n - at };
	name->n = at > 0 ? at - 1 : 0;
	return label;
}

/* The root has no labels. */
static struct str
labels_of(struct str name)
{
	return str_eq(name, STR(".")) ? STR("") : name;
}

static uint32_t
hash_of(const struct domset *set, uint32_t parent, struct str label)
{
	return (uint32_t)hash_bytes(set->seed + parent, label.p, label.n);
}

static uint32_t
find_child(const struct domset *set, uint32_t parent, struct str label, uint32_t hash)
{
	uint32_t node;

	for (size_t at = table_start(&set->children, hash);
	     (node = table_next(&set->children, hash, &at)) != TABLE_NONE;)
		if (set->nodes[node].parent == parent && str_eq(label_of(set, node), label))
			break;
	return node;
}

static uint32_t
make_child(struct domset *set, uint32_t parent, struct str label)
{
	uint32_t hash = hash_of(set, parent, label);
	uint32_t node = find_child(set, parent, label, hash);

	if (node == TABLE_NONE) {
		node = add_node(set, parent, (uint32_t)set->pool.len);
		buf_byte(&set->pool, (uint8_t)label.n);
		buf_str(&set->pool, label);
		table_add(&set->children, hash, node);
	}
	return node;
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

/* Whether marks and canonical name are just what the list has: most entries, which need no memory then. */
static bool
is_as_named(const struct rule *r, const struct list_entry *e)
{
	struct str marks = marks_of(r);

	return e->text.n == marks.n + e->name.n && memcmp(e->text.p, marks.p, marks.n) == 0 &&
	    memcmp(e->text.p + marks.n, e->name.p, e->name.n) == 0;
}

static uint32_t
store_text(struct domset *set, struct str text)
{
	uint32_t place = (uint32_t)set->pool.len;

	buf_u16(&set->pool, (uint16_t)text.n);
	buf_str(&set->pool, text);
	return place;
}

static const char *
add_domain(struct domset *set, struct rule *r, const struct list_entry *e)
{
	struct str name = labels_of(e->name);
	uint32_t *link;

	while (name.n > 0)
		r->node = make_child(set, r->node, last_label(&name));
	for (link = &set->nodes[r->node].rules; *link != DOMSET_NO_RULE; link = &set->rules[*link].next) {
		const struct rule *other = &set->rules[*link];

		if (other->list == r->list && other->form == r->form && other->negated == r->negated)
			return NULL;
	}
	if (!is_as_named(r, e))
		r->text = store_text(set, e->text);
	r->next = set->nodes[r->node].rules;
	set->nodes[r->node].rules = add_rule(set, r);
	return NULL;
}

static const char *
add_regex(struct domset *set, struct rule *r, const struct list_entry *e)
{
	static char reason[160];
	PCRE2_SIZE at;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)e->name.p, e->name.n, PCRE2_CASELESS, &error, &at, NULL);

	if (code == NULL) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)reason, sizeof(reason));
		return reason;
	}
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);	/* where there is no JIT, it goes without */
	r->text = store_text(set, e->text);
	set->regexes = mem_grow(set->regexes, set->regexes_n, &set->regexes_cap, sizeof(*set->regexes));
	set->regexes[set->regexes_n++] = (struct regex){ code, add_rule(set, r) };
	return NULL;
}

const char *
domset_add(struct domset *set, unsigned list, const struct list_entry *e)
{
	struct rule r = {
		.list = (uint16_t)list, .form = (uint8_t)e->form, .negated = e->negated,
		.node = ROOT, .text = AS_NAMED,
	};
	const char *why;

	if (e->text.n > UINT16_MAX)
		return "entry too long";
	if (set->nodes_n > INT32_MAX || set->rules_n > INT32_MAX)
		return "too many entries";
	why = e->form == LIST_REGEX ? add_regex(set, &r, e) : add_domain(set, &r, e);
	return set->pool.overflow ? "too many entries" : why;
}

/* Of two rules of a node for one list: `=` before the rest, then an exception before its equal. */
static unsigned
rank(const struct rule *r)
{
	return (r->form == LIST_EXACT ? 2u : 0) + r->negated;
}

/* Takes in the rules of a node on the way to a name; `last` when it is the name itself. */
static void
weigh_node(const struct domset *set, uint32_t node, bool last, const uint32_t decided[], uint32_t found[])
{
	for (uint32_t i = set->nodes[node].rules; i != DOMSET_NO_RULE; i = set->rules[i].next) {
		const struct rule *r = &set->rules[i];
		const struct rule *best = &set->rules[found[r->list]];

		if (decided[r->list] != DOMSET_NO_RULE || (last ? r->form == LIST_BELOW : r->form == LIST_EXACT))
			continue;
		/* Rules are met youngest first: of equals, the older stays the list's answer. */
		if (found[r->list] == DOMSET_NO_RULE || best->node != node || rank(r) >= rank(best))
			found[r->list] = i;
	}
}

/* A regular expression decides only for a list in which no domain entry matches; an exception before the rest. */
static void
weigh_regexes(struct domset *set, struct str name, const uint32_t decided[], uint32_t found[])
{
	for (size_t i = 0; i < set->regexes_n; i++) {
		const struct regex *x = &set->regexes[i];
		const struct rule *r = &set->rules[x->rule], *best = &set->rules[found[r->list]];
		int rc;

		if (decided[r->list] != DOMSET_NO_RULE)
			continue;
		if (found[r->list] != DOMSET_NO_RULE && (best->form != LIST_REGEX || rank(best) >= rank(r)))
			continue;
		rc = pcre2_match(x->code, (PCRE2_SPTR)name.p, name.n, 0, 0, set->match_data, set->match_context);
		if (rc >= 0)
			found[r->list] = x->rule;
		else if (rc != PCRE2_ERROR_NOMATCH)
			set->regex_limits++;
	}
}

unsigned
domset_match(struct domset *set, struct str name, uint32_t rules[])
{
	uint32_t found[DOMSET_LISTS_MAX], node = ROOT;
	struct str rest = labels_of(name);
	unsigned decided = 0;

	memset(found, 0, set->tags_n * sizeof(found[0]));
	while (node != TABLE_NONE) {
		struct str label;

		if (set->nodes[node].rules != DOMSET_NO_RULE)
			weigh_node(set, node, rest.n == 0, rules, found);
		if (rest.n == 0)
			break;
		label = last_label(&rest);
		node = find_child(set, node, label, hash_of(set, node, label));
	}
	if (set->regexes_n > 0)
		weigh_regexes(set, name, rules, found);
	for (size_t i = 0; i < set->tags_n; i++) {
		if (rules[i] == DOMSET_NO_RULE)
			rules[i] = found[i];
		decided += rules[i] != DOMSET_NO_RULE;
	}
	return decided;
}

void
domset_text(const struct domset *set, uint32_t rule, struct buf *out)
{
	const struct rule *r = &set->rules[rule];
	const uint8_t *text = (const uint8_t *)set->pool.data + r->text;

	if (r->text != AS_NAMED) {
		answer_escape((struct str){ (const char *)text + 2, (size_t)(text[0] << 8 | text[1]) }, out);
		return;
	}
	buf_str(out, marks_of(r));
	if (r->node == ROOT)
		buf_byte(out, '.');
	for (uint32_t node = r->node; node != ROOT; node = set->nodes[node].parent) {
		buf_str(out, label_of(set, node));
		if (set->nodes[node].parent != ROOT)
			buf_byte(out, '.');
	}
}
