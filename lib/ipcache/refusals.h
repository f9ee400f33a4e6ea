/*
 * The answers that a cache did not accept, in words: how many for each reason, and the option that
 * changes it.
 */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "cache/cache.h"

/*
 * Appends one line without its LF: `results` counts the answers by enum cache_result, and `life` is
 * the text of LIFE. False, and nothing appended, when all were accepted.
 */
bool refusals_format(const uint64_t results[CACHE_RESULTS], const char *life, struct buf *out);

#endif
