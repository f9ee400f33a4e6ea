/*
 * For each key, `known` has the function that reads its value and the message for a wrong value. A
 * key that is given twice is an error. neighbors.c sets defaults that depend on other options.
 */
#include "bgp/peer_config.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "bgp/addrkind.h"
#include "bgp/bgp.h"
#include "io/file.h"

#define FILE_MAX (256 * 1024)	/* the largest password file, in bytes */
#define SETTLE_MAX (60 * SECOND)

bool
peer_config_as_parse(struct str text, uint32_t *as)
{
	struct str high;
	uint32_t h = 0, l;

	if (text.n > 0 && memchr(text.p, '.', text.n) != NULL) {
		str_split(&text, '.', &high);
		if (!num_parse(high, UINT16_MAX, &h) || !num_parse(text, UINT16_MAX, &l))
			return false;
	} else if (!num_parse(text, UINT32_MAX, &l)) {
		return false;
	}
	*as = h << 16 | l;
	return *as != 0 && *as != BGP_AS_TRANS;
}

static bool
read_port(struct peer_config *p, struct str value)
{
	uint32_t port;

	if (!num_parse(value, UINT16_MAX, &port))
		return false;
	p->port = (uint16_t)port;
	return port > 0;
}

static bool
read_hops(struct peer_config *p, struct str value)
{
	uint32_t hops;

	if (!num_parse(value, 255, &hops))
		return false;
	p->hops = (uint8_t)hops;
	return hops > 0;
}

/* Whether a peer can have this address. Loopback is allowed: a router may run on this host. */
static bool
can_connect(const struct addr *a)
{
	enum addrkind kind = addrkind_of(a);

	return kind == ADDRKIND_UNICAST || kind == ADDRKIND_LOOPBACK ||
	    kind == ADDRKIND_LINK_LOCAL;
}

static bool
read_source(struct peer_config *p, struct str value)
{
	return addr_parse(value, &p->source) && can_connect(&p->source) &&
	    p->source.family == p->addr.family;
}

bool
peer_config_retry_max_parse(struct str text, int64_t *time)
{
	return clock_span_parse(text, time) == NULL && *time >= SECOND;
}

static bool
read_retry_max(struct peer_config *p, struct str value)
{
	return peer_config_retry_max_parse(value, &p->retry_max);
}

static bool
read_as(struct peer_config *p, struct str value)
{
	return peer_config_as_parse(value, &p->as);
}

static bool
read_text(char *to, size_t size, struct str value)
{
	if (value.n == 0 || value.n >= size)
		return false;
	memcpy(to, value.p, value.n);
	return true;
}

static bool
read_device(struct peer_config *p, struct str value)
{
	return read_text(p->device, sizeof(p->device), value);
}

static bool
read_password_file(struct peer_config *p, struct str value)
{
	return read_text(p->password_file, sizeof(p->password_file), value);
}

static bool
read_tags(struct peer_config *p, struct str value)
{
	return read_text(p->tags, sizeof(p->tags), value);
}

static bool
read_yes(struct str value, bool *yes)
{
	*yes = str_eq(value, STR("yes"));
	return *yes || str_eq(value, STR("no"));
}

static bool
read_gtsm(struct peer_config *p, struct str value)
{
	return read_yes(value, &p->gtsm);
}

static bool
read_export(struct peer_config *p, struct str value)
{
	return read_yes(value, &p->may_export);
}

static bool
read_gate(struct peer_config *p, struct str value)
{
	return read_yes(value, &p->gate);
}

static bool
read_settle(struct peer_config *p, struct str value)
{
	return clock_span_parse(value, &p->settle) == NULL && p->settle <= SETTLE_MAX;
}

static const struct {
	const char *key;
	bool (*read)(struct peer_config *p, struct str value);
	const char *wrong;		/* the message for a wrong value */
} known[] = {
	{ "as", read_as, "as is not an AS number; write it as in as=64512" },
	{ "port", read_port, "port is not a number from 1 to 65535" },
	{ "source", read_source, "source is not a host address of the peer's family" },
	{ "hops", read_hops, "hops is not a number from 1 to 255" },
	{ "gtsm", read_gtsm, "gtsm is not yes or no" },
	{ "device", read_device, "device is not the name of a network device" },
	{ "password-file", read_password_file, "password-file is not a path" },
	{ "tags", read_tags, "tags is empty or longer than 255 bytes" },
	{ "export", read_export, "export is not yes or no" },
	{ "retry-max", read_retry_max, PEER_CONFIG_RETRY_MAX_WRONG },
	{ "gate", read_gate, "gate is not yes or no" },
	{ "settle", read_settle, "settle is not a time of at most 1 m, as in 2ms" },
};

/* `seen` has a bit for each key that was read before. */
static const char *
read_word(struct peer_config *p, struct str word, unsigned *seen)
{
	struct str value = word, key;

	str_split(&value, '=', &key);
	if (value.p == NULL)
		return "not KEY=VALUE; separate peers by spaces, or write one on each line of a "
		    "file";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_eq(str_of(known[i].key), key))
			continue;
		if (*seen & 1u << i)
			return "a key is given twice";
		*seen |= 1u << i;
		return known[i].read(p, value) ? NULL : known[i].wrong;
	}
	return "unknown key; use as, port, source, hops, gtsm, device, password-file, tags, "
	    "export, retry-max, gate or settle";
}

/* Whether the text looks like `192.0.2.1:179`. No IPv6 address has a single colon. */
static bool
is_host_port(struct str text)
{
	struct str host;

	return str_split(&text, ':', &host) && text.p != NULL && host.n > 0 &&
	    memchr(text.p, ':', text.n) == NULL;
}

/* RFC 4007 section 11: a link-local address needs its link, as in `fe80::1%eth0`. */
static const char *
read_address(struct peer_config *p, struct str text)
{
	struct str link = text, address;

	str_split(&link, '%', &address);
	if (!addr_parse(address, &p->addr))
		return is_host_port(address) ? "not an address; write its port as ,port=179" :
		    "not an address; write the IP address of the peer, as in 192.0.2.1";
	if (!can_connect(&p->addr))
		return "a multicast, reserved or unspecified address cannot be a peer";
	if (addr_is_link_local(&p->addr) != (link.p != NULL))
		return link.p != NULL ? "only a link-local address can have an %interface" :
		    "a link-local address needs an interface, as in fe80::1%eth0";
	if (link.p != NULL && !read_text(p->link, sizeof(p->link), link))
		return "not the name of a network interface";
	return NULL;
}

const char *
peer_config_parse(struct str text, char sep, struct peer_config *p)
{
	unsigned seen = 0;
	const char *why;
	struct str word;

	memset(p, 0, sizeof(*p));
	p->port = PEER_CONFIG_PORT;
	p->gate = true;
	if (!str_split(&text, sep, &word))
		return "not an address";
	why = read_address(p, word);
	while (why == NULL &&
	    (sep == ',' ? str_split_list(&text, sep, &word) : str_split(&text, sep, &word)))
		if (word.n > 0 || sep != ' ')
			why = read_word(p, word, &seen);
	return why;
}

const char *
peer_config_read_password(struct peer_config *p)
{
	struct buf text = BUF(FILE_MAX);
	struct str rest, line;
	bool seekable;
	int error;

	if (p->password_file[0] == '\0')
		return NULL;
	error = file_read(p->password_file, &text, &seekable);
	rest = buf_view(&text);
	if (error == 0 && str_split(&rest, '\n', &line) && line.n > 0 &&
	    line.n <= sizeof(p->password)) {
		memcpy(p->password, line.p, line.n);
		p->password_n = line.n;
	}
	buf_free(&text);
	if (error != 0)
		return strerror(error);
	return p->password_n > 0 ? NULL :
	    "the first line of the password file must have 1 to 80 bytes";
}

bool
peer_config_is_same(const struct peer_config *a, const struct peer_config *b)
{
	return addr_eq(&a->addr, &b->addr) && strcmp(a->link, b->link) == 0 && a->port == b->port;
}

size_t
peer_config_format_address(const struct peer_config *p, char out[PEER_CONFIG_STRLEN])
{
	size_t n = addr_format(&p->addr, out);

	if (p->link[0] != '\0')
		n += (size_t)snprintf(out + n, PEER_CONFIG_STRLEN - n, "%%%s", p->link);
	return n;
}

void
peer_config_put(const struct peer_config *p, struct buf *out)
{
	char text[PEER_CONFIG_STRLEN];

	buf_put(out, text, peer_config_format_address(p, text));
	if (p->port == PEER_CONFIG_PORT)
		return;
	buf_str(out, STR(",port="));
	buf_num(out, p->port);
}
