/*
 * The names of errors are from RFC 4271 section 4.5 and RFC 4486, 5492, 6608, 7313, 8538, 9234,
 * 9384, 9687 and 9815; the names of capabilities are from IANA's registry.
 *
 * Invariant: a number without a name is printed as a number, so that no information is lost.
 */
#include "bgp/bgptext.h"

#include <stdio.h>

#include "bgp/attribute.h"
#include "bgp/wire.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void
bgptext_key(struct buf *out, const char *key)
{
	buf_byte(out, ' ');
	buf_str(out, str_of(key));
	buf_byte(out, '=');
}

void
bgptext_count(struct buf *out, const char *key, uint64_t n)
{
	bgptext_key(out, key);
	buf_num(out, n);
}

const char *
bgptext_family(enum bgp_family family)
{
	return family == BGP_IPV4 ? "ipv4" : "ipv6";
}

void
bgptext_families(unsigned families, struct buf *out)
{
	const char *sep = "";

	for (int f = 0; f < BGP_FAMILIES; f++) {
		if (!(families & BGP_BIT(f)))
			continue;
		buf_str(out, str_of(sep));
		buf_str(out, str_of(bgptext_family((enum bgp_family)f)));
		sep = ",";
	}
	if (families == 0)
		buf_str(out, STR("none"));
}

/* Names by code and subcode; the entry of subcode 0 is the name of the code. */
static const char *const errors[][12] = {
	[BGP_ERR_HEADER] = { "message-header-error", "connection-not-synchronized",
	    "bad-message-length", "bad-message-type" },
	[BGP_ERR_OPEN] = { "open-message-error", "unsupported-version-number", "bad-peer-as",
	    "bad-bgp-identifier", "unsupported-optional-parameter", "authentication-failure",
	    "unacceptable-hold-time", "unsupported-capability", [11] = "role-mismatch" },
	[BGP_ERR_UPDATE] = { "update-message-error", "malformed-attribute-list",
	    "unrecognized-well-known-attribute", "missing-well-known-attribute",
	    "attribute-flags-error", "attribute-length-error", "invalid-origin-attribute",
	    "as-routing-loop", "invalid-next-hop-attribute", "optional-attribute-error",
	    "invalid-network-field", "malformed-as-path" },
	[BGP_ERR_HOLD] = { "hold-timer-expired" },
	[BGP_ERR_FSM] = { "finite-state-machine-error", "unexpected-message-in-open-sent",
	    "unexpected-message-in-open-confirm", "unexpected-message-in-established" },
	[BGP_ERR_CEASE] = { "cease", "maximum-number-of-prefixes-reached",
	    "administrative-shutdown", "peer-de-configured", "administrative-reset",
	    "connection-rejected", "other-configuration-change",
	    "connection-collision-resolution", "out-of-resources", "hard-reset", "bfd-down" },
	[7] = { "route-refresh-message-error", "invalid-message-length" },
	[BGP_ERR_SEND_HOLD] = { "send-hold-timer-expired" },
	[9] = { "loss-of-lsdb-synchronization" },
};

/* The name of an error, or NULL. Subcode 0: the name of the code. */
static const char *
error_name(uint8_t code, uint8_t subcode)
{
	return code < COUNT(errors) && subcode < COUNT(errors[0]) ? errors[code][subcode] : NULL;
}

const char *
bgptext_error(const struct bgp_error *e, char out[BGPTEXT_ERROR_STRLEN])
{
	const char *hard = e->hard ? "hard-reset/" : "", *code = error_name(e->code, 0),
	    *subcode = error_name(e->code, e->subcode);

	if (code == NULL)
		snprintf(out, BGPTEXT_ERROR_STRLEN, "%s%u/%u", hard, e->code, e->subcode);
	else if (e->subcode == 0)
		snprintf(out, BGPTEXT_ERROR_STRLEN, "%s%s", hard, code);
	else if (subcode == NULL)
		snprintf(out, BGPTEXT_ERROR_STRLEN, "%s%s/%u", hard, code, e->subcode);
	else
		snprintf(out, BGPTEXT_ERROR_STRLEN, "%s%s/%s", hard, code, subcode);
	return out;
}

static const char *const capabilities[UINT8_MAX + 1] = {
	[1] = "multiprotocol", [2] = "route-refresh", [3] = "outbound-route-filtering",
	[5] = "extended-next-hop", [6] = "extended-message", [7] = "bgpsec",
	[8] = "multiple-labels", [9] = "role", [64] = "graceful-restart", [65] = "four-octet-as",
	[67] = "dynamic-capability", [68] = "multisession", [69] = "add-path",
	[70] = "enhanced-route-refresh", [71] = "long-lived-graceful-restart",
	[72] = "routing-policy-distribution", [73] = "fqdn", [74] = "bfd-strict-mode",
	[75] = "software-version", [76] = "paths-limit", [77] = "link-local-next-hop",
};

/* Appends the family of a multiprotocol capability: RFC 4760 section 8. */
static void
put_family(struct buf *out, const uint8_t value[4])
{
	unsigned afi = (unsigned)value[0] << 8 | value[1];
	enum bgp_family family;

	if (wire_find_family(afi, value[3], &family)) {
		buf_str(out, family == BGP_IPV4 ? STR("/ipv4-unicast") : STR("/ipv6-unicast"));
		return;
	}
	buf_byte(out, '/');
	buf_num(out, afi);
	buf_byte(out, '/');
	buf_num(out, value[3]);
}

void
bgptext_capabilities(const struct bgp_error *e, struct buf *out)
{
	const uint8_t *p = e->data, *end = e->data + e->n;

	if (e->code != BGP_ERR_OPEN || e->subcode != BGP_OPEN_CAPABILITY)
		return;
	for (; end - p >= 2 && end - p - 2 >= p[1]; p += 2 + p[1]) {
		if (p > e->data)
			buf_byte(out, ',');
		if (capabilities[*p] != NULL) {
			buf_str(out, str_of(capabilities[*p]));
		} else {
			buf_str(out, STR("capability/"));
			buf_num(out, *p);
		}
		if (*p == 1 && p[1] == 4)
			put_family(out, p + 2);
	}
}

static void
put_nlri(struct buf *out, struct str nlri, enum bgp_family family)
{
	char text[PREFIX_STRLEN];
	struct prefix p;

	while (wire_nlri_next(&nlri, family, &p)) {
		buf_byte(out, ' ');
		buf_put(out, text, prefix_format(&p, text));
	}
}

void
bgptext_update(const struct update_wire *u, bool as4, struct buf *out)
{
	enum bgp_family end;

	buf_str(out, STR("update"));
	if (update_wire_is_end(u, &end)) {
		buf_str(out, STR(" end-of-rib="));
		buf_str(out, str_of(bgptext_family(end)));
		return;
	}
	attribute_text(&(struct attribute_words){ u, as4 }, out);
	if (u->withdrawn.n > 0 || u->mp_withdrawn.n > 0)
		buf_str(out, STR(" withdraw"));
	put_nlri(out, u->withdrawn, BGP_IPV4);
	put_nlri(out, u->mp_withdrawn, u->mp_withdrawn_family);
	if (u->announced.n > 0 || u->mp_announced.n > 0)
		buf_str(out, STR(" announce"));
	put_nlri(out, u->announced, BGP_IPV4);
	put_nlri(out, u->mp_announced, u->mp_announced_family);
}
