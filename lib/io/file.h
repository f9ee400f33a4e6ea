/*
 * Whole files, and the folders that they are in.
 */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends what the file holds to *text, whose cap bounds it. Sets *seekable when it can be read
 * again later: a regular file, not a pipe. 0, or an errno (EFBIG beyond the cap).
 */
int file_read(const char *path, struct buf *text, bool *seekable);

/* The folder of `path`: all up to its last slash, or `.`. False when it is too long. */
bool file_folder(const char *path, char folder[PATH_MAX]);

/*
 * 0 when the folder of `path` exists and this process may create and rename files in it, else an
 * errno.
 */
int file_check_folder(const char *path);

/*
 * Syncs the folder of `path`: its names are on disk when this returns 0, else it is an errno. A
 * folder that may not be opened, or that its file system cannot sync, counts as synced.
 */
int file_sync_folder(const char *path);

#endif
