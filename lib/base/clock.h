/*
 * Times are signed 64-bit counts of microseconds: since the epoch (CLOCK_REALTIME) for the date of
 * an answer, since some fixed point (CLOCK_MONOTONIC) for a timer.
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
 * bare number is seconds. NULL and *span in microseconds, or the reason.
 */
const char *clock_span_parse(struct str text, int64_t *span);

#define TIME_MAX (INT64_C(100000000000) * SECOND - 1)	/* the last that time_parse accepts */
#define TIME_STRLEN 24	/* enough for any time that time_format prints */

/* Seconds with six decimals, `1795392065.718461`, and a NUL. `time` >= 0. Returns the length. */
int time_format(int64_t time, char out[TIME_STRLEN]);

/* The strict reverse: no sign, no leading zero, exactly six decimals, at most eleven digits. */
bool time_parse(struct str text, int64_t *time);

#endif
