/*
 * How long a pair lives after it was last seen: a fixed time, or a time that follows the TTL.
 *
 *	24h
 *	ttl,floor=1h,grace=15m,factor=1,cap=1d
 *
 * The second form is `factor` times the TTL plus `grace`, but at least `floor` and at most `cap`.
 * Each word after `ttl` is optional; its default is shown.
 */
#ifndef LIFE_H
#define LIFE_H

#include "base/str.h"

#define LIFE_TEXT_MAX 128	/* bytes */
#define LIFE_DEFAULT "24h"

struct life {
	int64_t fixed;		/* microseconds; 0: LIFE follows the TTL */
	int64_t floor, grace, cap;	/* microseconds; 0 < floor <= cap */
	uint32_t factor;	/* 1..100 */
};

/* Returns NULL, or the reason of the failure, after which *life is undefined. */
const char *life_parse(struct str text, struct life *life);

/* The life of a pair with this TTL (seconds), in microseconds, above 0. */
int64_t life_of(const struct life *life, uint32_t ttl);

#endif
