/*
 * The command check of ipcache: examines the file of a DB, and repairs it.
 */
#ifndef DBCHECK_H
#define DBCHECK_H

#include <stdbool.h>

/*
 * Reports on stdout that the file is sound, or each damage on stderr; with `repairs`, writes the
 * whole parts of a damaged file to a new one (salvage.h). Returns the exit status: 1 for a file
 * that is damaged and stays so, 2 when the repair fails.
 */
int dbcheck(const char *path, bool repairs);

#endif
