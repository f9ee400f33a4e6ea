/*
 * Protects root in the folders of other users.
 *
 * The owner of a folder can replace any file in it by a symbolic link or a FIFO at any time. A
 * program run by root would follow the link with root's rights, or wait for the FIFO forever. So
 * root either becomes the owner before it opens a file, or opens regular files only.
 *
 * A path belongs to another user if one of its parts is
 * - a folder, link or FIFO of a user other than root,
 * - any file of such a user in a sticky folder, or
 * - a folder without the sticky bit that a group or all users may write.
 * A regular file in a folder of root does not count: the file's owner cannot replace it. The owner
 * of "/" counts as root: in a user namespace this may be an unmapped user.
 *
 * In a process that is not root, these functions have no effect.
 */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>

/* Whether this process is root and the path belongs to another user. */
bool owner_is_other(const char *path);

/*
 * If the path belongs to another user, becomes this user permanently, with the user's groups.
 * Linux then prevents other processes of the user from tracing this process and accessing its
 * descriptors. Returns NULL, or the reason of a failure.
 */
const char *owner_become(const char *path);

/*
 * Opens an existing file like open(2). If the path belongs to another user, the call does not block
 * and opens only a regular file, or a FIFO for writing: a symbolic link fails with ELOOP, other
 * files with EPERM.
 */
int owner_open(const char *path, int flags);

#endif
