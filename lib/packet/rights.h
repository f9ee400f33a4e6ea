/* The capabilities of this process (capabilities(7)). */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdint.h>

#define RIGHTS_NONE 0
#define RIGHTS_NET_ADMIN (UINT32_C(1) << 12)	/* CAP_NET_ADMIN */

/*
 * Gives up all capabilities except those in `kept`, which stay as they are. Returns NULL, or the
 * reason of a failure.
 */
const char *rights_drop(uint32_t kept);

#endif
