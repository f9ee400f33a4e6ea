#include "peer.h"

#include "bgp.h"
#include "num.h"

bool
peer_as_parse(struct str text, uint32_t *as)
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

static const char *
read_port(struct peer *p, struct str value)
{
	uint32_t port;

	if (!num_parse(value, UINT16_MAX, &port) || port == 0)
		return "port is not a number from 1 to 65535";
	p->port = (uint16_t)port;
	return NULL;
}

static const char *
read_hops(struct peer *p, struct str value)
{
	uint32_t hops;

	if (!num_parse(value, 255, &hops) || hops == 0)
		return "hops is not a number from 1 to 255";
	p->hops = (uint8_t)hops;
	return NULL;
}

static const char *
read_source(struct peer *p, struct str value)
{
	if (!addr_parse(value, &p->source))
		return "source is not an address";
	return p->source.family == p->addr.family ? NULL : "source is of another family than the peer";
}

static const char *
read_as(struct peer *p, struct str value)
{
	return peer_as_parse(value, &p->as) ? NULL : "as is not an AS number that a peer can have";
}

static const struct {
	struct str name;
	const char *(*read)(struct peer *, struct str value);
} known[] = {
	{ { "as", 2 }, read_as },
	{ { "port", 4 }, read_port },
	{ { "source", 6 }, read_source },
	{ { "hops", 4 }, read_hops },
};

/* `seen` has a bit for each key that came before. */
static const char *
read_word(struct peer *p, struct str word, unsigned *seen)
{
	struct str value = word, key;

	str_split(&value, '=', &key);
	if (value.p == NULL)
		return "a word that is not KEY=VALUE";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_eq(known[i].name, key))
			continue;
		if (*seen & 1u << i)
			return "a key twice";
		*seen |= 1u << i;
		return known[i].read(p, value);
	}
	return "a key that is not known (as, port, source and hops are)";
}

const char *
peer_parse(struct str text, char sep, struct peer *p)
{
	const char *why = NULL;
	unsigned seen = 0;
	struct str word;

	*p = (struct peer){ .port = PEER_PORT };
	if (!str_split(&text, sep, &word) || !addr_parse(word, &p->addr))
		return "not an address";
	while (why == NULL && str_split(&text, sep, &word))
		if (word.n > 0 || sep != ' ')
			why = read_word(p, word, &seen);
	return why;
}
