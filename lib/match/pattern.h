/*
 * Patterns: the regular expressions of a set of lists, and a bound for what they cost.
 *
 * The author of a list is not trusted: one pattern can take minutes for one name, and thousands
 * can share the work. Three limits bound the cost:
 *
 * - Loading: each pattern adds to the cost and the compiled size of the set. A pattern beyond
 *   PATTERNS_COST_MAX is refused before it is compiled. A pattern beyond PATTERNS_BYTES_MAX is
 *   refused, with every later one.
 * - A name: PCRE2 calls back before each item of a pattern (PCRE2_AUTO_CALLOUT), which counts as a
 *   step. Its match limit is of no use here: it begins again at each position of the name. A
 *   pattern has PATTERN_STEPS_FREE steps for each name; all steps beyond come from
 *   PATTERNS_STEPS_MAX, of which each list with patterns has an equal part, and one pattern may
 *   take PATTERN_STEPS_SHARE. A pattern that needs more is given up for this name.
 * - Many names: a pattern that used its share gets a strike; if the patterns of a list together
 *   used up its steps, the one that used most does. With each strike its share shrinks; names for
 *   which it stays within the share take strikes back. At PATTERN_STRIKES it is switched off: from
 *   then on it matches nothing. So a list cannot switch off the patterns of another.
 *
 * A literal, like the keywords that converters write, is compared without PCRE2:
 * [^ | (^|\.) | (?:^|\.)]TEXT[$], where TEXT has no other special character than after a
 * backslash.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PATTERNS_COST_MAX 10000
#define PATTERN_COST 10			/* a literal costs 1 */
#define PATTERNS_BYTES_MAX (16 * 1024 * 1024)

#define PATTERN_STEPS_FREE 50
#define PATTERN_STEPS_SHARE 5000	/* of a pattern without strikes */
#define PATTERNS_STEPS_MAX 20000		/* of all lists */

#define PATTERN_STRIKES 100		/* names for which it was given up */
#define PATTERN_FORGIVEN 100		/* names within its share that take back a strike */

struct pattern;

enum pattern_result {
	PATTERN_NO_MATCH,	/* also of one that is switched off */
	PATTERN_MATCH,
	PATTERN_GIVEN_UP,
};

/* What the patterns of one list take for the present name. */
struct pattern_budget {
	uint32_t left;		/* of the list's part of PATTERNS_STEPS_MAX */
	uint32_t most_steps;
	size_t most;		/* the pattern that used most steps */
	bool ran_out;		/* a pattern was given up before it used its share */
	bool struck;		/* a pattern got a strike */
	bool shares;		/* the list has patterns that take steps */
};

/* Zeroed by the owner, who frees it with patterns_free. */
struct patterns {
	struct pattern *of;	/* owned */
	size_t n, cap;
	unsigned cost;
	size_t bytes;		/* compiled */
	bool full;		/* a pattern was refused for its size */
	struct pattern_matcher *matcher;	/* owned; NULL before the first pattern */
	struct pattern_budget *lists;	/* owned; by list */
	size_t lists_n, lists_cap;
	unsigned sharers;	/* lists with patterns that take steps */
	uint32_t steps;		/* that all patterns took for the present name */

	uint64_t given_up;	/* counter: pattern and name */
	size_t off;		/* patterns that are switched off */
};

void patterns_free(struct patterns *p);

/*
 * Adds a pattern of a list (a small number); the pattern's number is p->n before the call. NULL, or
 * the reason why it is refused, good until the next call. The text is copied.
 */
const char *pattern_add(struct patterns *p, unsigned list, struct str text);

/* Between these calls patterns are matched with one name. */
void patterns_begin(struct patterns *p);
void patterns_end(struct patterns *p);

/* Searches pattern number `i` in a canonical name. */
enum pattern_result pattern_match(struct patterns *p, size_t i, struct str name);

bool pattern_is_off(const struct patterns *p, size_t i);

#endif
