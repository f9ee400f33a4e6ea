/*
 * Decoders of list files that awk cannot read. Each appends lines of text to *out. They return
 * NULL, or the reason of a failure; then *line is the line of the data, or 0 if it has no lines.
 */
#ifndef DECODE_H
#define DECODE_H

#include "base/buf.h"
#include "base/str.h"

/* The FORMAT of dnstap-list that the data looks like, in a line; no line: unknown. */
const char *decode_guess(struct str data, struct buf *out, size_t *line);

/*
 * geosite.dat, or the same lists as YAML (dlc.dat_plain.yml). A line is `LIST RULE`, where RULE is
 * v2fly's text; see geosite.h.
 */
const char *decode_geosite(struct str data, struct buf *out, size_t *line);

/*
 * YAML, or a list with an entry on each line. A line is `LINE TAB PATH TAB VALUE`; LINE is the
 * number of the line in the data. PATH is that of scalars.h, and `[]` for an entry of a list that
 * is not YAML. Each control character in VALUE becomes `?`.
 */
const char *decode_yaml(struct str data, struct buf *out, size_t *line);

#endif
