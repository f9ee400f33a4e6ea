/*
 * The path of a DB, which may be a link. The socket and the next version of the DB lie in the
 * folder of the file itself, the only folder that the sandbox allows.
 */
#ifndef DBPATH_H
#define DBPATH_H

/*
 * The path without links, also where the last one leads to a file that does not exist; good until
 * the next call. Where it cannot be found, the path as given.
 */
const char *dbpath_resolve(const char *path);

/* NULL, or why the DB can be neither opened nor created. */
const char *dbpath_reject_reason(const char *path);

#endif
