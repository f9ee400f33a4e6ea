/*
 * The families of unicast routes that we speak. A set of them has bit BGP_BIT(family).
 */
#ifndef FAMILY_H
#define FAMILY_H

#include "line/addr.h"

enum bgp_family { BGP_IPV4, BGP_IPV6, BGP_FAMILIES };
#define BGP_BIT(family) (1u << (family))

static inline enum bgp_family
bgp_family(uint8_t addr_family)
{
	return addr_family == ADDR_V4 ? BGP_IPV4 : BGP_IPV6;
}

#endif
