/*
 * Touches large pages before they are in use, in a thread of its own: the first touch may take
 * milliseconds, as the system has to clear the page and a virtual machine to find it, and a line
 * should not wait for that.
 */
#ifndef TOUCH_H
#define TOUCH_H

/*
 * From now on, for arrays and slabs that grow (mem.h) in the thread that calls it. Where no thread
 * can be had, they are touched when they are used.
 */
void touch_start(void);

#endif
