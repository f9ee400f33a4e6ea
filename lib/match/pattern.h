/*
 * Patterns: the regular expressions of a set of lists, with limits on their cost. pattern.c
 * explains the limits: cost, steps, shares and strikes.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PATTERNS_COST_MAX 10000
#define PATTERN_COST 10			/* the cost of a regular expression; a literal costs 1 */
#define PATTERNS_BYTES_MAX (16 * 1024 * 1024)

#define PATTERN_STEPS_FREE 50
#define PATTERN_STEPS_SHARE 5000	/* share of a pattern without strikes */
#define PATTERNS_STEPS_MAX 20000		/* for the patterns of all lists together */

#define PATTERN_STRIKES 100		/* strikes that switch a pattern off */
#define PATTERN_FORGIVEN 100		/* searches within the share that remove a strike */

struct pattern;

enum pattern_result {
	PATTERN_NO_MATCH,	/* also the result of a pattern that is switched off */
	PATTERN_MATCH,
	PATTERN_GIVEN_UP,
};

/* The steps of the patterns of one list for the current name. */
struct pattern_budget {
	uint32_t left;		/* steps left of the list's part of PATTERNS_STEPS_MAX */
	uint32_t most_steps;	/* the most steps that one pattern used */
	size_t most;		/* the index of the pattern with most_steps */
	bool ran_out;		/* a pattern was given up before it used its share */
	bool struck;		/* a pattern got a strike */
	bool shares;		/* the list has patterns other than literals, which need steps */
};

/* The owner initializes a struct patterns with zeros, and frees it with patterns_free. */
struct patterns {
	struct pattern *of;	/* owned */
	size_t n, cap;
	unsigned cost;
	size_t bytes;		/* size of the compiled patterns */
	bool full;		/* a pattern was refused for its size */
	char reason[160];	/* error message of PCRE2 */
	struct pattern_matcher *matcher;	/* owned; NULL before the first pattern */
	struct pattern_budget *lists;	/* owned; indexed by list */
	size_t lists_n, lists_cap;
	unsigned sharers;	/* number of lists with `shares` set */
	uint32_t steps;		/* steps of all patterns for the current name */

	uint64_t given_up;	/* counter: searches that were given up */
	size_t off;		/* number of patterns that are switched off */
};

void patterns_free(struct patterns *p);

/*
 * Adds a pattern of the list with this number; the text is copied. The number of the pattern is the
 * value of p->n before the call. Returns NULL, or the reason, valid until the next call.
 */
const char *pattern_add(struct patterns *p, unsigned list, struct str text);

/* Begin and end the matching of patterns with a name. */
void patterns_begin(struct patterns *p);
void patterns_end(struct patterns *p);

/* Searches pattern number `i` in the name, which is canonical. */
enum pattern_result pattern_match(struct patterns *p, size_t i, struct str name);

bool pattern_is_off(const struct patterns *p, size_t i);

#endif
