/*
 * Decodes geosite.dat, the binary form of v2fly's domain lists: a GeoSiteList in Protocol Buffers.
 *
 *	message GeoSiteList { repeated GeoSite entry = 1; }
 *	message GeoSite { string country_code = 1; repeated Domain domain = 2; }
 *	message Domain { Type type = 1; string value = 2; repeated Attribute attribute = 3; }
 *	message Attribute { string key = 1; ... }
 *	enum Type { Plain = 0; Regex = 1; RootDomain = 2; Full = 3; }
 */
#ifndef GEOSITE_H
#define GEOSITE_H

#include "base/buf.h"
#include "base/str.h"

/* Whether the data begins like a geosite.dat, and not like text. */
bool geosite_is_binary(struct str data);

/*
 * Appends a line `LIST TYPE:VALUE[:@ATTRIBUTE,@ATTRIBUTE...]` for each rule. LIST and ATTRIBUTE are
 * in lower case. TYPE is keyword, regexp, domain or full, as in v2fly's text, or `typeN` for an
 * unknown number N. The attributes follow the last `:@`, so a VALUE that contains `:@` but has no
 * attributes is followed by `:@`. Returns NULL, or the reason why the data is malformed.
 */
const char *geosite_decode(struct str data, struct buf *out);

#endif
