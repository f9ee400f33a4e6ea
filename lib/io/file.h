/* Whole files, and the folders that they are in. */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends the content of the file to *text, whose cap bounds it. Sets *seekable for a regular file,
 * which can be read again. 0, or an errno (EFBIG beyond the cap).
 */
int file_read(const char *path, struct buf *text, bool *seekable);

/* The folder of `path`: the text up to its last slash, or `.`. False when it is too long. */
bool file_folder(const char *path, char folder[PATH_MAX]);

/* Whether this process may create and rename files in the folder of `path`: 0, or an errno. */
int file_check_folder(const char *path);

/*
 * Syncs the folder of `path`, so that names in it are on disk. 0, or an errno. A folder that cannot
 * be opened, or whose file system does not sync folders, counts as synced.
 */
int file_sync_folder(const char *path);

#endif
