/*
 * The constants of BGP, address families, and the content of a NOTIFICATION: RFC 4271, and the RFCs
 * cited below.
 */
#ifndef BGP_H
#define BGP_H

#include <stdbool.h>
#include <stdint.h>

#include "line/addr.h"

#define BGP_HEADER 19
#define BGP_MAX 4096		/* the longest message, header included */
#define BGP_EXTENDED_MAX 65535	/* the longest extended message (RFC 8654) */
#define BGP_VERSION 4
#define BGP_AS_TRANS 23456	/* RFC 6793: replaces an AS number of more than two octets */
#define BGP_HOLD_MIN 3		/* seconds, the shortest hold time except 0 (no hold timer) */

/* Families of unicast routes. In a set of families, each has the bit BGP_BIT(family). */
enum bgp_family { BGP_IPV4, BGP_IPV6, BGP_FAMILIES };
#define BGP_BIT(family) (1u << (family))

static inline enum bgp_family
bgp_family(uint8_t addr_family)
{
	return addr_family == ADDR_V4 ? BGP_IPV4 : BGP_IPV6;
}

enum bgp_type { BGP_OPEN = 1, BGP_UPDATE, BGP_NOTIFICATION, BGP_KEEPALIVE, BGP_ROUTE_REFRESH };

/* Types of path attributes: RFC 4271 section 5, RFC 1997, 4760, 4360, 6793 and 8092. */
enum bgp_attribute {
	BGP_ORIGIN = 1, BGP_AS_PATH, BGP_NEXT_HOP, BGP_MED, BGP_LOCAL_PREF, BGP_COMMUNITIES = 8,
	BGP_MP_REACH = 14, BGP_MP_UNREACH, BGP_EXT_COMMUNITIES, BGP_AS4_PATH,
	BGP_LARGE_COMMUNITIES = 32, BGP_ATTRIBUTES
};

/* Error codes of a NOTIFICATION (RFC 4271 section 4.5), and subcodes. */
enum bgp_error_code {
	BGP_ERR_HEADER = 1, BGP_ERR_OPEN, BGP_ERR_UPDATE, BGP_ERR_HOLD, BGP_ERR_FSM, BGP_ERR_CEASE,
	BGP_ERR_SEND_HOLD = 8	/* RFC 9687 */
};
enum { BGP_HEADER_SYNC = 1, BGP_HEADER_LENGTH, BGP_HEADER_TYPE };
enum {
	BGP_OPEN_VERSION = 1, BGP_OPEN_AS, BGP_OPEN_ID, BGP_OPEN_PARAMETER, BGP_OPEN_HOLD = 6,
	BGP_OPEN_CAPABILITY,	/* RFC 5492 section 5 */
	BGP_OPEN_ROLE = 11	/* RFC 9234 section 4.2 */
};
enum { BGP_UPDATE_ATTRIBUTES = 1, BGP_UPDATE_OPTIONAL = 9, BGP_UPDATE_NETWORK };
enum { BGP_FSM_OPEN_SENT = 1, BGP_FSM_OPEN_CONFIRM, BGP_FSM_ESTABLISHED };	/* RFC 6608 */
/* Subcodes of Cease: RFC 4486. */
enum {
	BGP_CEASE_MAX_PREFIXES = 1, BGP_CEASE_SHUTDOWN, BGP_CEASE_DECONFIGURED, BGP_CEASE_RESET,
	BGP_CEASE_REJECTED, BGP_CEASE_CONFIG, BGP_CEASE_COLLISION,
	BGP_CEASE_HARD_RESET = 9	/* RFC 8538 */
};

#define BGP_RESTART_MAX 4095	/* seconds, the longest restart time: RFC 4724 */
#define BGP_WORDS_MAX 255	/* bytes, the longest shutdown communication: RFC 9003 */
#define BGP_ERROR_DATA (BGP_MAX - BGP_HEADER - 4)	/* bytes that fit, even in a Hard Reset */

/* The content of a NOTIFICATION. */
struct bgp_error {
	uint8_t code, subcode;	/* code 0: no error */
	bool hard;		/* error inside a Hard Reset (RFC 8538): no graceful restart */
	uint16_t n;		/* bytes in `data`; longer data is truncated */
	uint8_t data[BGP_ERROR_DATA];
};

#endif
