/*
 * Compares the Adj-RIB-Out with a naive model: a table of announced routes, and for each peer a
 * table of the routes sent to the peer. The input is operations of two bytes on a few prefixes of
 * each family.
 */
#include "bgp/ribout.h"

#include "fuzz.h"

#define PREFIXES 64	/* per family */
#define READERS 3
#define NONE (-1)

static struct ribout *rib;
/* The model's table of a peer was cleared, but the peer still has its routes. */
static bool refreshed;
static int64_t uses[4];			/* current uses of each set of attributes */
static int current[BGP_FAMILIES][PREFIXES];	/* attributes, or NONE */

static struct peer_config {
	bool up;
	bool picky;		/* accepts only routes with even attributes */
	struct ribout_reader reader;
	int sent[BGP_FAMILIES][PREFIXES];
	/* The peer was not sent the state at the last mark, nor a later one. */
	bool owed[BGP_FAMILIES][PREFIXES];
} peers[READERS];

static struct prefix
make_prefix(enum bgp_family family, unsigned i)
{
	struct prefix p = { .addr.family = family == BGP_IPV4 ? ADDR_V4 : ADDR_V6 };

	p.addr.bytes[0] = 10;
	p.addr.bytes[1] = (uint8_t)(i / 2);
	p.len = i % 2 ? 16 : (uint8_t)addr_bits(p.addr.family);
	return p;
}

static unsigned
number_of(const uint8_t *nlri, enum bgp_family family)
{
	FUZZ_ASSERT(nlri[0] == 16 || nlri[0] == (family == BGP_IPV4 ? 32 : 128));
	return nlri[2] * 2u + (nlri[0] == 16);
}

static bool
is_for(const struct peer_config *peer, int attrs)
{
	return attrs != NONE && (!peer->picky || attrs % 2 == 0);
}

/* The attributes that the peer must be sent, or NONE. */
static int
wanted(const struct peer_config *peer, enum bgp_family family, unsigned i)
{
	return is_for(peer, current[family][i]) ? current[family][i] : NONE;
}

/* A peer that has the new state of a route does not wait for it. */
static void
set_current(enum bgp_family family, unsigned i, int attrs)
{
	current[family][i] = attrs;
	for (int r = 0; r < READERS; r++)
		if (peers[r].sent[family][i] == wanted(&peers[r], family, i))
			peers[r].owed[family][i] = false;
}

static void
announce(enum bgp_family family, unsigned i, int attrs)
{
	struct prefix p = make_prefix(family, i);

	uses[attrs]++;
	FUZZ_ASSERT(ribout_announce(rib, &p, (uint32_t)attrs) == (current[family][i] != attrs));
	set_current(family, i, attrs);
}

static void
withdraw(enum bgp_family family, unsigned i)
{
	struct prefix p = make_prefix(family, i);

	FUZZ_ASSERT(ribout_withdraw(rib, &p) == (current[family][i] != NONE));
	set_current(family, i, NONE);
}

static void
forget(struct peer_config *peer)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int i = 0; i < PREFIXES; i++) {
			peer->sent[f][i] = NONE;
			peer->owed[f][i] = false;
		}
}

static void
toggle(struct peer_config *peer)
{
	if (peer->up)
		ribout_detach(rib, &peer->reader);
	else
		ribout_attach(rib, &peer->reader);
	peer->up = !peer->up;
	forget(peer);
}

/* Checks that the peer was sent the routes that it accepts, and no others. */
static void
check_sent(const struct peer_config *peer, enum bgp_family family)
{
	for (int i = 0; i < PREFIXES; i++)
		FUZZ_ASSERT(peer->sent[family][i] == wanted(peer, family, (unsigned)i));
}

/* Without marked changes left, the peer has been sent a state since the mark of each route. */
static void
check_mark(const struct peer_config *peer)
{
	if (ribout_has_marked(&peer->reader))
		return;
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int i = 0; i < PREFIXES; i++)
			FUZZ_ASSERT(!peer->owed[f][i]);
}

static void
mark(struct peer_config *peer, unsigned families)
{
	ribout_mark(rib, &peer->reader, families);
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int i = 0; families & BGP_BIT(f) && i < PREFIXES; i++)
			peer->owed[f][i] = peer->sent[f][i] !=
			    wanted(peer, (enum bgp_family)f, (unsigned)i);
	check_mark(peer);
}

/* Reads at most n changes. The peer must have each withdrawn route; announcements are current. */
static void
read_log(struct peer_config *peer, enum bgp_family family, enum ribout_log log, unsigned n)
{
	struct ribout_change c;

	for (; n > 0 && ribout_next(rib, &peer->reader, family, log, &c); n--) {
		unsigned i = number_of(c.nlri, family);

		bool has = log == RIBOUT_ANNOUNCED && is_for(peer, (int)c.attrs);

		if (log == RIBOUT_WITHDRAWN)
			FUZZ_ASSERT(c.had && current[family][i] == NONE);
		else
			FUZZ_ASSERT(current[family][i] == (int)c.attrs);
		FUZZ_ASSERT(refreshed || c.had == (peer->sent[family][i] != NONE));
		peer->sent[family][i] = has ? (int)c.attrs : NONE;
		peer->owed[family][i] = false;
		ribout_take(rib, &peer->reader, family, log, &c, has);
		check_mark(peer);
	}
}

static void
read_changes(struct peer_config *peer, unsigned n)
{
	for (int f = 0; f < BGP_FAMILIES; f++) {
		read_log(peer, (enum bgp_family)f, RIBOUT_WITHDRAWN, n);
		read_log(peer, (enum bgp_family)f, RIBOUT_ANNOUNCED, n);
	}
}

/* A refresh must send all routes again to a peer that has lost them. */
static void
refresh(struct peer_config *peer, enum bgp_family family)
{
	read_changes(peer, UINT32_MAX);
	ribout_refresh(rib, &peer->reader, family);
	for (int i = 0; i < PREFIXES; i++)
		peer->sent[family][i] = NONE;
	refreshed = true;
	read_changes(peer, UINT32_MAX);
	refreshed = false;
	check_sent(peer, BGP_IPV4);
	check_sent(peer, BGP_IPV6);
}

/* Changes one prefix so often that the log is compacted. */
static void
churn(enum bgp_family family, unsigned i)
{
	for (int n = 0; n < 1500; n++)
		announce(family, i, n % 3);
}

static void
operate(uint8_t op, uint8_t arg)
{
	enum bgp_family family = arg & 0x40 ? BGP_IPV6 : BGP_IPV4;
	struct peer_config *peer = &peers[op / 16 % READERS];

	switch (op % 16) {
	case 0: case 1: case 2: case 3:
		announce(family, arg % PREFIXES, op / 16 % 4);
		break;
	case 4: case 5: case 6:
		withdraw(family, arg % PREFIXES);
		break;
	case 7: case 8: case 9:
		if (peer->up)
			read_changes(peer, arg);
		break;
	case 10:
		if (peer->up)
			refresh(peer, family);
		break;
	case 11:
		if (peer->up)	/* the reader may be anywhere in the logs */
			ribout_refresh(rib, &peer->reader, family);
		break;
	case 12:
		churn(family, arg % PREFIXES);
		break;
	case 13:
		toggle(peer);
		break;
	case 14: case 15:
		if (peer->up)
			mark(peer, 1 + arg % 3);
		break;
	}
}

/* Reads all changes of an established peer, and checks that the peer was sent its routes. */
static void
check_settled(struct peer_config *peer)
{
	for (int f = 0; f < BGP_FAMILIES; f++) {
		size_t routes = 0;

		for (int i = 0; i < PREFIXES; i++)
			routes += current[f][i] != NONE;
		FUZZ_ASSERT(ribout_routes(rib, (enum bgp_family)f) == routes);
		if (!peer->up)
			continue;
		read_changes(peer, UINT32_MAX);
		check_sent(peer, (enum bgp_family)f);
		for (int i = 0; i < PREFIXES; i++)
			routes -= current[f][i] != NONE && !is_for(peer, current[f][i]);
		FUZZ_ASSERT(peer->reader.of[f].routes == routes);
		FUZZ_ASSERT(ribout_pending(rib, &peer->reader, (enum bgp_family)f) == 0);
	}
}

static void
drop(void *owner, uint32_t attrs)
{
	(void)owner;
	FUZZ_ASSERT(--uses[attrs] >= 0);
}

/* Checks that each set of attributes has one use for each route. */
static void
check_uses(void)
{
	for (int f = 0; f < BGP_FAMILIES; f++)
		for (int i = 0; i < PREFIXES; i++)
			if (current[f][i] != NONE)
				uses[current[f][i]]--;
	for (int i = 0; i < 4; i++)
		FUZZ_ASSERT(uses[i] == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rib = ribout_new(size);
	ribout_on_drop(rib, drop, NULL);
	memset(uses, 0, sizeof(uses));
	memset(current, 0xff, sizeof(current));
	for (int i = 0; i < READERS; i++) {
		peers[i].up = false;
		peers[i].picky = i == 1;
		forget(&peers[i]);
	}
	for (size_t i = 0; i + 1 < size && i < 4096; i += 2) {
		operate(data[i], data[i + 1]);
		for (int r = 0; r < READERS; r++)
			if (peers[r].up)
				check_mark(&peers[r]);
	}
	for (int i = 0; i < READERS; i++)
		check_settled(&peers[i]);
	for (int i = 0; i < READERS; i++)
		if (peers[i].up)
			toggle(&peers[i]);
	toggle(&peers[0]);
	check_settled(&peers[0]);
	toggle(&peers[0]);
	check_uses();
	ribout_free(rib);
	return 0;
}
