/* Whole files, and the folders of files. */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends the content of the file to *text. Sets *seekable to whether the file is regular, so that
 * it can be read again. Returns 0 or an errno; EFBIG if *text is full.
 */
int file_read(const char *path, struct buf *text, bool *seekable);

/* Copies the folder of `path`: the text up to the last slash, or `.`. False when it is too long. */
bool file_folder(const char *path, char folder[PATH_MAX]);

/* Returns 0 if this process may create and rename files in the folder of `path`, or an errno. */
int file_check_folder(const char *path);

/*
 * Syncs the folder of `path`, so that the names in the folder are on disk. Returns 0 or an errno. A
 * folder that cannot be opened, or whose file system does not sync folders, counts as synced.
 */
int file_sync_folder(const char *path);

#endif
