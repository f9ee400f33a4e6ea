/*
 * Decoders of list files that awk cannot read. Each function appends lines of text to *out and
 * returns NULL. After a failure, it returns the reason and sets *line to the number of the bad
 * line, or to 0 if the failure has no line.
 */
#ifndef DECODE_H
#define DECODE_H

#include "base/buf.h"
#include "base/str.h"

/* Appends a line with the FORMAT of dnstap-list(1) that the data looks like; nothing if unknown. */
const char *decode_guess(struct str data, struct buf *out, size_t *line);

/*
 * Decodes geosite.dat, or the same lists as YAML (dlc.dat_plain.yml). Appends `LIST RULE` for each
 * rule; geosite.h describes RULE.
 */
const char *decode_geosite(struct str data, struct buf *out, size_t *line);

/*
 * Decodes YAML, or a list with an entry on each line. Appends `LINE TAB PATH TAB VALUE` for each
 * scalar or entry. LINE is its line number in the data. PATH is the path of scalars.h, or `[]` for
 * an entry of a list that is not YAML. DEL replaces each control character in PATH and VALUE,
 * since no rule may contain it.
 */
const char *decode_yaml(struct str data, struct buf *out, size_t *line);

#endif
