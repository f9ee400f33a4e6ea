/*
 * The folder of a file that a program creates.
 */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * 0 when the folder of `path` exists and this process may create and rename files in it, else an
 * errno.
 */
int folder_check(const char *path);

#endif
