/*
 * Root in the folders of other users.
 *
 * The owner of a folder can replace any file in it by a symbolic link or a FIFO at any time. A
 * program run by root would follow the link with root's rights, or wait for the FIFO forever. So
 * root either becomes that user before it opens anything, or opens regular files only.
 *
 * A path is another user's if one of its parts is a folder, link or FIFO of a user other than root,
 * any file of such a user in a sticky folder, or a folder that a group or all may write. A regular
 * file in a folder of root is not: its owner cannot replace it. The owner of "/" counts as root: in
 * a user namespace this may be an unmapped user.
 *
 * For a process that is not root, all calls here change nothing.
 */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>

/* Whether this process is root and the path is another user's. */
bool owner_is_other(const char *path);

/*
 * If so, becomes the other user permanently, with the groups of the user database. Linux then lets
 * no other process of the user trace this one or access its descriptors. NULL, or the reason of a
 * failure.
 */
const char *owner_become(const char *path);

/*
 * open(2) without creating a file. If the path is another user's, a symbolic link fails with ELOOP;
 * only a regular file, or a FIFO for writing, is opened, anything else fails with EPERM. It does
 * not block.
 */
int owner_open(const char *path, int flags);

#endif
