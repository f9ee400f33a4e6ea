/*
 * Root in the folders of other users.
 *
 * The owner of a folder can replace any file in it by a symbolic link or a FIFO at any moment. A
 * program that root runs there would follow the link with root's rights, or wait for the FIFO
 * forever. So root either becomes that user before it opens anything, or opens regular files only.
 *
 * A path is another user's when one of its parts is: a folder, a link or a FIFO of that user, any
 * file of that user in a sticky folder, or a folder that a group or all may write. A regular file
 * in a folder of root is not: its owner cannot replace it. Who owns "/" counts as root, which in a
 * user namespace may be an unmapped user.
 *
 * A process that is not root has only its own rights: all calls here leave it as it is.
 */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>

/* Whether we are root and the path is another user's. */
bool owner_is_other(const char *path);

/*
 * If so, becomes that user, with the groups of the user database, for good. Linux lets no other
 * process of that user trace us or reach our descriptors afterwards. NULL, or why that failed.
 */
const char *owner_become(const char *path);

/*
 * open(2) without creating anything. If the path is another user's, a symbolic link fails with
 * ELOOP, and what is neither a regular file nor a FIFO opened for writing fails with EPERM; none
 * of them is waited for.
 */
int owner_open(const char *path, int flags);

#endif
