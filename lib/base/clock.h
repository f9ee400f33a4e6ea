/*
 * Times are signed 64-bit counts of microseconds. The time of an answer counts from the epoch
 * (CLOCK_REALTIME); a timer uses CLOCK_MONOTONIC.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SECOND INT64_C(1000000)
#define NEVER INT64_MAX

int64_t clock_wall(void);
int64_t clock_mono(void);

/*
 * Reads a time span from 0 to ten years: a number and a unit, `ms`, `s`, `m`, `h`, `d` or `w`; a
 * bare number is seconds. Returns NULL and sets *span in microseconds, or returns the reason.
 */
const char *clock_span_parse(struct str text, int64_t *span);

#define TIME_MAX (INT64_C(100000000000) * SECOND - 1)	/* the latest valid time */
#define TIME_STRLEN 24	/* room for the longest text of time_format and a NUL */

/* Writes `time` (>= 0) in seconds with six decimals: `1795392065.718461`. Returns the length. */
int time_format(int64_t time, char out[TIME_STRLEN]);

/* Parses text as time_format writes it: at most eleven digits, no leading zero, six decimals. */
bool time_parse(struct str text, int64_t *time);

#endif
