/*
 * The author of a list is not trusted: one pattern can take minutes for one name, or thousands of
 * patterns can take seconds together. Three limits bound the cost:
 *
 * - Loading: each pattern adds to the cost and the compiled size of the set. A pattern beyond
 *   PATTERNS_COST_MAX is refused before it is compiled. After a pattern beyond PATTERNS_BYTES_MAX
 *   all further regular expressions are refused.
 * - A name: PCRE2 calls back before each item of a pattern (PCRE2_AUTO_CALLOUT), and each call is a
 *   step. The match limit of PCRE2 is not enough, as it starts again at each position of the name.
 *   Each pattern has PATTERN_STEPS_FREE free steps for a name. PATTERNS_STEPS_MAX further steps are
 *   divided equally among the lists. From the part of its list, a pattern may use its share, at
 *   most PATTERN_STEPS_SHARE steps. A pattern that needs more is given up for this name.
 * - Many names: a pattern that used its share gets a strike. If the patterns of a list together
 *   used up its part, the pattern that used the most steps gets a strike. Each strike reduces the
 *   share; PATTERN_FORGIVEN names within the share remove a strike. At PATTERN_STRIKES the pattern
 *   is switched off. A list cannot switch off patterns of another list: each has its own part.
 *
 * A literal, such as a keyword of a converted list, is compared without PCRE2. It is a pattern of
 * the form [^ | (^|\.) | (?:^|\.)]TEXT[$], where a backslash escapes special characters in TEXT.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MATCH_LIMIT 20000	/* limit of PCRE2 at each position of a name */
#define HEAP_LIMIT 1024		/* KiB; applies where PCRE2 has no JIT compiler */

enum start { ANYWHERE, AT_NAME, AT_LABEL };	/* where a literal may begin */

struct pattern {
	pcre2_code *code;	/* owned; NULL: a literal */
	struct str literal;	/* owned, in lower case */
	uint8_t start;		/* enum start: where the literal may begin */
	bool ends;		/* the literal must be at the end of the name */
	bool off;
	uint16_t list;
	uint16_t strikes;	/* number of strikes times PATTERN_FORGIVEN */
};

_Static_assert(PATTERN_STRIKES * PATTERN_FORGIVEN <= UINT16_MAX, "strikes must fit");

struct pattern_matcher {
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint32_t steps, most;	/* steps used, and steps allowed */
};

/* --- Literals --- */

/* Whether the byte stands for itself in a pattern. */
static bool
is_plain(char c)
{
	return c != '\0' && strchr("\\^$.[]|()?*+{}", c) == NULL;
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum start
read_start(struct str *text)
{
	if (str_take(text, STR("(^|\\.)")) || str_take(text, STR("(?:^|\\.)")))
		return AT_LABEL;
	return str_take(text, STR("^")) ? AT_NAME : ANYWHERE;
}

/* Reads one byte of a literal. False when the next item of the pattern is not a literal byte. */
static bool
read_byte(struct str *text, char *byte)
{
	size_t n = text->p[0] == '\\' ? 2 : 1;

	if (n > text->n)
		return false;
	*byte = text->p[n - 1];
	if (n == 2 ? is_alphanumeric(*byte) : !is_plain(*byte))
		return false;
	if (*byte >= 'A' && *byte <= 'Z')
		*byte = (char)(*byte - 'A' + 'a');
	*text = (struct str){ text->p + n, text->n - n };
	return true;
}

/* Sets *x to the literal. False when the pattern is not a literal. */
static bool
read_literal(struct str text, struct pattern *x)
{
	enum start start = read_start(&text);
	char *bytes = mem_alloc(text.n + 1);
	size_t n = 0;

	while (text.n > 0 && read_byte(&text, &bytes[n]))
		n++;
	*x = (struct pattern){ .literal = { bytes, n }, .start = (uint8_t)start,
	    .ends = str_take(&text, STR("$")) };
	if (n > 0 && text.n == 0)
		return true;
	free(bytes);
	*x = (struct pattern){ 0 };
	return false;
}

static bool
may_begin_at(const struct pattern *x, struct str name, size_t at)
{
	return x->start == ANYWHERE || at == 0 || (x->start == AT_LABEL && name.p[at - 1] == '.');
}

static bool
is_at(const struct pattern *x, struct str name, size_t at)
{
	return may_begin_at(x, name, at) &&
	    memcmp(name.p + at, x->literal.p, x->literal.n) == 0;
}

static bool
find_literal(const struct pattern *x, struct str name)
{
	const char *found;
	size_t last;

	if (name.n < x->literal.n)
		return false;
	last = name.n - x->literal.n;
	if (x->ends)
		return is_at(x, name, last);
	if (x->start == AT_NAME)
		return is_at(x, name, 0);
	for (size_t at = 0; at <= last; at++) {
		found = memchr(name.p + at, x->literal.p[0], last - at + 1);
		if (found == NULL)
			return false;
		at = (size_t)(found - name.p);
		if (is_at(x, name, at))
			return true;
	}
	return false;
}

/* --- Regular expressions --- */

static int
count_step(pcre2_callout_block *block, void *data)
{
	struct pattern_matcher *m = data;

	(void)block;
	return ++m->steps > m->most ? PCRE2_ERROR_CALLOUT : 0;
}

static struct pattern_matcher *
new_matcher(void)
{
	struct pattern_matcher *m = mem_zero(1, sizeof(*m));

	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_LIMIT);
	pcre2_set_callout(m->context, count_step, m);
	return m;
}

void
patterns_free(struct patterns *p)
{
	for (size_t i = 0; i < p->n; i++) {
		pcre2_code_free(p->of[i].code);
		free((char *)p->of[i].literal.p);
	}
	free(p->of);
	free(p->lists);
	if (p->matcher != NULL) {
		pcre2_match_data_free(p->matcher->data);
		pcre2_match_context_free(p->matcher->context);
		free(p->matcher);
	}
	*p = (struct patterns){ 0 };
}

static size_t
compiled_size(const pcre2_code *code)
{
	size_t size = 0, jit = 0;

	pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
	pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &jit);
	return size + jit;
}

static const char too_large[] = "the regular expressions of all lists together are larger than "
    "16 MiB compiled";

/* Sets x->code. Returns NULL, or the reason why the pattern is refused. */
static const char *
compile(struct patterns *p, struct str text, struct pattern *x)
{
	PCRE2_SIZE at;
	int error;

	*x = (struct pattern){ .code = pcre2_compile((PCRE2_SPTR)text.p, text.n,
	    PCRE2_CASELESS | PCRE2_AUTO_CALLOUT, &error, &at, NULL) };
	if (x->code == NULL) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)p->reason, sizeof(p->reason));
		return p->reason;
	}
	pcre2_jit_compile(x->code, PCRE2_JIT_COMPLETE);	/* a failure only costs speed */
	if (p->bytes + compiled_size(x->code) > PATTERNS_BYTES_MAX) {
		p->full = true;
		pcre2_code_free(x->code);
		return too_large;
	}
	p->bytes += compiled_size(x->code);
	return NULL;
}

/*
 * Adds to the cost of the set. Returns NULL, or the reason of a refusal. A pattern that then fails
 * to compile also counts: the attempt takes time.
 */
static const char *
take_cost(struct patterns *p, unsigned cost)
{
	if (p->full && cost == PATTERN_COST)
		return too_large;
	if (p->cost + cost > PATTERNS_COST_MAX)
		return "too many regular expressions in all lists together: more than 1000, or "
			"10000 literals";
	p->cost += cost;
	return NULL;
}

/* Adds the list to the lists that share PATTERNS_STEPS_MAX in equal parts. */
static void
add_sharer(struct patterns *p, unsigned list)
{
	while (p->lists_n <= list) {
		p->lists = mem_grow(p->lists, p->lists_n, &p->lists_cap, sizeof(*p->lists));
		p->lists[p->lists_n++] = (struct pattern_budget){ 0 };
	}
	p->sharers += !p->lists[list].shares;
	p->lists[list].shares = true;
}

const char *
pattern_add(struct patterns *p, unsigned list, struct str text)
{
	struct pattern x;
	bool literal = read_literal(text, &x);
	const char *why = take_cost(p, literal ? 1 : PATTERN_COST);

	if (why == NULL && !literal)
		why = compile(p, text, &x);
	if (why != NULL) {
		free((char *)x.literal.p);
		return why;
	}
	if (p->matcher == NULL)
		p->matcher = new_matcher();
	if (!literal)
		add_sharer(p, list);
	x.list = (uint16_t)list;
	p->of = mem_grow(p->of, p->n, &p->cap, sizeof(*p->of));
	p->of[p->n++] = x;
	return NULL;
}

/* --- Matching --- */

void
patterns_begin(struct patterns *p)
{
	p->steps = 0;
	for (size_t i = 0; i < p->lists_n; i++)
		p->lists[i] = (struct pattern_budget){ .shares = p->lists[i].shares,
		    .left = PATTERNS_STEPS_MAX / (p->sharers > 0 ? p->sharers : 1) };
}

static void
strike(struct patterns *p, size_t i)
{
	struct pattern *x = &p->of[i];

	p->lists[x->list].struck = true;
	x->strikes += PATTERN_FORGIVEN;
	if (x->strikes < PATTERN_STRIKES * PATTERN_FORGIVEN)
		return;
	x->off = true;
	p->off++;
}

void
patterns_end(struct patterns *p)
{
	for (size_t i = 0; i < p->lists_n; i++)
		if (p->lists[i].ran_out && !p->lists[i].struck)
			strike(p, p->lists[i].most);
}

/* Subtracts the steps that the pattern used, beyond the free steps, from the part of its list. */
static void
take_steps(struct patterns *p, size_t i)
{
	struct pattern_budget *b = &p->lists[p->of[i].list];
	uint32_t used = p->matcher->steps < p->matcher->most ? p->matcher->steps : p->matcher->most;

	p->steps += used;
	if (used > PATTERN_STEPS_FREE)
		b->left -= used - PATTERN_STEPS_FREE;
	if (used > b->most_steps) {
		b->most_steps = used;
		b->most = i;
	}
}

static enum pattern_result
give_up(struct patterns *p, size_t i, bool used_share)
{
	p->given_up++;
	if (used_share)
		strike(p, i);
	else
		p->lists[p->of[i].list].ran_out = true;
	return PATTERN_GIVEN_UP;
}

/* The steps that the pattern may use for a name in addition to the free steps. */
static uint32_t
share_of(const struct pattern *x)
{
	return PATTERN_STEPS_SHARE / (1 + x->strikes / PATTERN_FORGIVEN);
}

static enum pattern_result
search(struct patterns *p, size_t i, struct str name)
{
	struct pattern_matcher *m = p->matcher;
	struct pattern *x = &p->of[i];
	uint32_t share = share_of(x), left = p->lists[x->list].left;
	bool has_share = left >= share;
	int rc;

	m->steps = 0;
	m->most = PATTERN_STEPS_FREE + (has_share ? share : left);
	rc = pcre2_match(x->code, (PCRE2_SPTR)name.p, name.n, 0, 0, m->data, m->context);
	take_steps(p, i);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return give_up(p, i, has_share || rc != PCRE2_ERROR_CALLOUT);
	x->strikes -= x->strikes > 0;
	return rc >= 0 ? PATTERN_MATCH : PATTERN_NO_MATCH;
}

enum pattern_result
pattern_match(struct patterns *p, size_t i, struct str name)
{
	const struct pattern *x = &p->of[i];

	if (x->off)
		return PATTERN_NO_MATCH;
	if (x->code == NULL)
		return find_literal(x, name) ? PATTERN_MATCH : PATTERN_NO_MATCH;
	return search(p, i, name);
}

bool
pattern_is_off(const struct patterns *p, size_t i)
{
	return p->of[i].off;
}
