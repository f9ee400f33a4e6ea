/*
 * Names of what IANA's registries number in BGP: error codes of a NOTIFICATION with their subcodes,
 * and capabilities. None has a space in it; what has no name gets its number.
 */
#ifndef BGPNAME_H
#define BGPNAME_H

#include "base/buf.h"
#include "bgp/bgp.h"

#define BGPNAME_ERROR_STRLEN 80

/* `cease/administrative-shutdown`, after `hard-reset/` within one; NUL-ended. */
const char *bgpname_error(const struct bgp_error *error, char out[BGPNAME_ERROR_STRLEN]);

/*
 * Appends the capabilities that an Unsupported Capability names (RFC 5492 section 3), comma
 * between: `multiprotocol/ipv6-unicast,role`. Appends nothing for another error, and where its data
 * does not parse.
 */
void bgpname_capabilities(const struct bgp_error *error, struct buf *out);

#endif
