#include "bgp/bgpname.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The names of RFC 4271 section 4.5 with those of RFC 4486, 5492, 6608, 7313, 8538, 9234, 9384,
 * 9687 and 9815; [0] names the code. Deprecated numbers that never had a name have none here.
 */
static const char *const header_errors[] = { "message-header-error", "connection-not-synchronized",
    "bad-message-length", "bad-message-type" };
static const char *const open_errors[] = { "open-message-error", "unsupported-version-number",
    "bad-peer-as", "bad-bgp-identifier", "unsupported-optional-parameter", "authentication-failure",
    "unacceptable-hold-time", "unsupported-capability", NULL, NULL, NULL, "role-mismatch" };
static const char *const update_errors[] = { "update-message-error", "malformed-attribute-list",
    "unrecognized-well-known-attribute", "missing-well-known-attribute", "attribute-flags-error",
    "attribute-length-error", "invalid-origin-attribute", "as-routing-loop",
    "invalid-next-hop-attribute", "optional-attribute-error", "invalid-network-field",
    "malformed-as-path" };
static const char *const hold_errors[] = { "hold-timer-expired" };
static const char *const fsm_errors[] = { "finite-state-machine-error",
    "unexpected-message-in-open-sent", "unexpected-message-in-open-confirm",
    "unexpected-message-in-established" };
static const char *const cease_errors[] = { "cease", "maximum-number-of-prefixes-reached",
    "administrative-shutdown", "peer-de-configured", "administrative-reset", "connection-rejected",
    "other-configuration-change", "connection-collision-resolution", "out-of-resources",
    "hard-reset", "bfd-down" };
static const char *const refresh_errors[] = { "route-refresh-message-error",
    "invalid-message-length" };
static const char *const send_hold_errors[] = { "send-hold-timer-expired" };
static const char *const lsdb_errors[] = { "loss-of-lsdb-synchronization" };

static const struct {
	const char *const *names;
	size_t n;
} errors[] = {
	{ NULL, 0 },
	{ header_errors, COUNT(header_errors) },
	{ open_errors, COUNT(open_errors) },
	{ update_errors, COUNT(update_errors) },
	{ hold_errors, COUNT(hold_errors) },
	{ fsm_errors, COUNT(fsm_errors) },
	{ cease_errors, COUNT(cease_errors) },
	{ refresh_errors, COUNT(refresh_errors) },
	{ send_hold_errors, COUNT(send_hold_errors) },
	{ lsdb_errors, COUNT(lsdb_errors) },
};

/* NULL: it has none. */
static const char *
name_of(uint8_t code, uint8_t subcode)
{
	if (code >= COUNT(errors) || subcode >= errors[code].n)
		return NULL;
	return errors[code].names[subcode];
}

const char *
bgpname_error(const struct bgp_error *e, char out[BGPNAME_ERROR_STRLEN])
{
	const char *hard = e->hard ? "hard-reset/" : "", *code = name_of(e->code, 0),
	    *subcode = name_of(e->code, e->subcode);

	if (code == NULL)
		snprintf(out, BGPNAME_ERROR_STRLEN, "%s%u/%u", hard, e->code, e->subcode);
	else if (e->subcode == 0)
		snprintf(out, BGPNAME_ERROR_STRLEN, "%s%s", hard, code);
	else if (subcode == NULL)
		snprintf(out, BGPNAME_ERROR_STRLEN, "%s%s/%u", hard, code, e->subcode);
	else
		snprintf(out, BGPNAME_ERROR_STRLEN, "%s%s/%s", hard, code, subcode);
	return out;
}

/* IANA's Capability Codes. */
static const char *const capabilities[UINT8_MAX + 1] = {
	[1] = "multiprotocol", [2] = "route-refresh", [3] = "outbound-route-filtering",
	[5] = "extended-next-hop", [6] = "extended-message", [7] = "bgpsec",
	[8] = "multiple-labels", [9] = "role", [64] = "graceful-restart", [65] = "four-octet-as",
	[67] = "dynamic-capability", [68] = "multisession", [69] = "add-path",
	[70] = "enhanced-route-refresh", [71] = "long-lived-graceful-restart",
	[72] = "routing-policy-distribution", [73] = "fqdn", [74] = "bfd-strict-mode",
	[75] = "software-version", [76] = "paths-limit", [77] = "link-local-next-hop",
};

/* The family of a multiprotocol capability: RFC 4760 section 8. */
static void
put_family(struct buf *out, const uint8_t value[4])
{
	unsigned afi = (unsigned)value[0] << 8 | value[1];

	if ((afi == 1 || afi == 2) && value[3] == 1) {
		buf_str(out, afi == 1 ? STR("/ipv4-unicast") : STR("/ipv6-unicast"));
		return;
	}
	buf_byte(out, '/');
	buf_num(out, afi);
	buf_byte(out, '/');
	buf_num(out, value[3]);
}

void
bgpname_capabilities(const struct bgp_error *e, struct buf *out)
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
