/*
 * Compares the DNS decoder with libresolv: for each message, both must produce the same answers
 * with the same TTLs and names, or both must refuse the message. Sections after the answers are
 * removed, because the decoders differ there. Messages with a pointer forward or into the header,
 * and messages that need more than DNS_STEPS_MAX steps, are skipped. Features that libresolv lacks
 * (checks of the name in a CNAME, the length of an address, HTTPS and SVCB, the chain, names as
 * text) have a second, simple implementation here.
 */
#include "dns/dns.h"

#include <arpa/nameser.h>
#include <resolv.h>

#include "fuzz.h"

#define SIZE_MAX_HERE 600
#define RECORDS_HERE (SIZE_MAX_HERE / 11)	/* a record has at least eleven bytes */

struct wire_name {
	uint8_t bytes[256];	/* in lower case, without pointers */
	int n;
};

struct plain {
	struct wire_name question;
	size_t n;
	struct {
		uint16_t type;
		struct wire_name owner, target;
		const uint8_t *data;
		uint16_t len;
		uint32_t ttl;
		bool counts;	/* the record has the class IN */
		bool leads;	/* the record leads from `owner` to `target` */
		struct {
			size_t at, n;
		} hints[2];	/* IPv4, IPv6: position in `data`, and size */
	} records[RECORDS_HERE];

	/* The question's name and all names that it leads to, in breadth-first order. */
	size_t n_reached;
	struct {
		const struct wire_name *name;
		uint32_t ttl;
		size_t from;		/* index of the name whose record leads to this name */
	} reached[RECORDS_HERE + 1];
};

static bool
leads_astray(const uint8_t *msg, size_t size, size_t at)
{
	for (unsigned labels = 0; at < size && labels < 128;) {
		if (msg[at] >= 0xc0) {
			size_t to;

			if (at + 1 >= size)
				return false;
			to = (size_t)(msg[at] & 0x3f) << 8 | msg[at + 1];
			if (to >= at || to < 12)
				return true;
			at = to;
			continue;
		}
		if (msg[at] == 0)
			return false;
		at += msg[at] + 1u;
		labels++;
	}
	return false;
}

static int
unpack(const uint8_t *msg, const uint8_t *end, const uint8_t *at, struct wire_name *name)
{
	int used = ns_name_unpack(msg, end, at, name->bytes, sizeof(name->bytes));

	name->n = 0;
	if (used < 0)
		return -1;
	while (name->bytes[name->n] != 0) {
		int label = name->bytes[name->n++];

		for (; label > 0; label--, name->n++)
			if (name->bytes[name->n] >= 'A' && name->bytes[name->n] <= 'Z')
				name->bytes[name->n] += 'a' - 'A';
	}
	return used;
}

static bool
same(const struct wire_name *a, const struct wire_name *b)
{
	return a->n == b->n && memcmp(a->bytes, b->bytes, (size_t)a->n) == 0;
}

/*
 * Finds the end of the answer section with libresolv's dn_skipname. Returns 0 if a record does not
 * parse. Sets *astray if a name has a pointer forward or into the header.
 */
static size_t
answer_end(const uint8_t *msg, size_t size, bool *astray)
{
	const uint8_t *end = msg + size, *p = msg + 12;
	unsigned count = (unsigned)(msg[6] << 8 | msg[7]);
	int n = dn_skipname(p, end);

	*astray = leads_astray(msg, size, 12);
	if (n < 0 || end - p < n + 4)
		return 0;
	p += n + 4;
	for (; count > 0; count--) {
		unsigned len;

		*astray |= leads_astray(msg, size, (size_t)(p - msg));
		n = dn_skipname(p, end);
		if (n < 0 || end - p < n + 10)
			return 0;
		p += n + 10;
		len = (unsigned)(p[-2] << 8 | p[-1]);
		if ((size_t)(end - p) < len)
			return 0;
		if (p[-10] == 0 && p[-9] == ns_t_cname)
			*astray |= leads_astray(msg, size, (size_t)(p - msg));
		p += len;
	}
	return (size_t)(p - msg);
}

/* Reads an uncompressed name at `at` in a record's data. Returns the offset after it, or 0. */
static size_t
spelt_name(const uint8_t *data, size_t len, size_t at, struct wire_name *name)
{
	for (name->n = 0; at < len && data[at] != 0;) {
		size_t n = data[at] + 1u;

		if (n > 64 || n > len - at || name->n + n > 254)
			return 0;
		for (; n > 0; n--, at++) {
			uint8_t byte = data[at];

			name->bytes[name->n++] = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
		}
	}
	return at < len ? at + 1 : 0;
}

/* Reads record `i` as SVCB or HTTPS (RFC 9460 section 2.2). False if the record is malformed. */
static bool
read_service(struct plain *plain, size_t i)
{
	const uint8_t *data = plain->records[i].data;
	size_t len = plain->records[i].len, at;
	long last = -1;

	at = len < 3 ? 0 : spelt_name(data, len, 2, &plain->records[i].target);
	if (at == 0)
		return false;
	plain->records[i].leads = plain->records[i].target.n > 0;
	while (at != len) {
		long key;
		size_t n;

		if (len - at < 4)
			return false;
		key = data[at] * 256 + data[at + 1];
		n = data[at + 2] * 256u + data[at + 3];
		at += 4;
		if (n > len - at || key <= last)
			return false;
		if ((key == 4 || key == 6) && (data[0] != 0 || data[1] != 0)) {
			if (n == 0 || n % (key == 4 ? 4 : 16) != 0)
				return false;
			plain->records[i].hints[key == 6].at = at;
			plain->records[i].hints[key == 6].n = n;
		}
		last = key;
		at += n;
	}
	return true;
}

static bool
is_service(uint16_t type)
{
	return type == DNS_SVCB || type == DNS_HTTPS;
}

/* Reads a message. False if libresolv or the simple checks here refuse the message. */
static bool
read_plainly(const uint8_t *msg, size_t size, struct plain *plain)
{
	const uint8_t *owner;
	ns_msg handle;
	ns_rr rr;

	if (ns_initparse(msg, (int)size, &handle) < 0 || ns_msg_count(handle, ns_s_qd) != 1 ||
	    ns_parserr(&handle, ns_s_qd, 0, &rr) < 0 ||
	    unpack(msg, msg + size, msg + 12, &plain->question) < 0)
		return false;
	owner = msg + 12 + dn_skipname(msg + 12, msg + size) + 4;
	plain->n = ns_msg_count(handle, ns_s_an);
	for (size_t i = 0; i < plain->n; i++) {
		FUZZ_ASSERT(i < RECORDS_HERE);
		if (ns_parserr(&handle, ns_s_an, (int)i, &rr) < 0 ||
		    unpack(msg, msg + size, owner, &plain->records[i].owner) < 0)
			return false;
		owner = ns_rr_rdata(rr) + ns_rr_rdlen(rr);	/* the next record's owner */
		plain->records[i].type = ns_rr_type(rr);
		plain->records[i].counts = ns_rr_class(rr) == ns_c_in;
		plain->records[i].data = ns_rr_rdata(rr);
		plain->records[i].len = ns_rr_rdlen(rr);
		plain->records[i].ttl = ns_rr_ttl(rr) > INT32_MAX ? 0 : ns_rr_ttl(rr);
		plain->records[i].leads = false;
		memset(plain->records[i].hints, 0, sizeof(plain->records[i].hints));
		if (!plain->records[i].counts)
			continue;
		if (is_service(ns_rr_type(rr)) && !read_service(plain, i))
			return false;
		if ((ns_rr_type(rr) == ns_t_a && ns_rr_rdlen(rr) != 4) ||
		    (ns_rr_type(rr) == ns_t_aaaa && ns_rr_rdlen(rr) != 16))
			return false;
		if (ns_rr_type(rr) == ns_t_cname && unpack(msg, msg + size, ns_rr_rdata(rr),
		    &plain->records[i].target) != ns_rr_rdlen(rr))
			return false;
		plain->records[i].leads |= ns_rr_type(rr) == ns_t_cname;
	}
	return true;
}

/* The index of a name in `reached`; n_reached if the name is not reached. */
static size_t
place_of(const struct plain *plain, const struct wire_name *name)
{
	size_t i = 0;

	while (i < plain->n_reached && !same(plain->reached[i].name, name))
		i++;
	return i;
}

static void
follow(struct plain *plain)
{
	plain->reached[0].name = &plain->question;
	plain->reached[0].ttl = INT32_MAX;
	plain->n_reached = 1;
	for (size_t from = 0; from < plain->n_reached; from++)
		for (size_t i = 0; i < plain->n; i++) {
			uint32_t ttl = plain->records[i].ttl;

			if (!plain->records[i].leads ||
			    place_of(plain, &plain->records[i].owner) != from ||
			    place_of(plain, &plain->records[i].target) < plain->n_reached)
				continue;
			if (ttl > plain->reached[from].ttl)
				ttl = plain->reached[from].ttl;
			plain->reached[plain->n_reached].name = &plain->records[i].target;
			plain->reached[plain->n_reached].ttl = ttl;
			plain->reached[plain->n_reached++].from = from;
		}
}

/* Prints a name as in an answer line. */
static void
print_name(FILE *to, const struct wire_name *name)
{
	for (int at = 0; at < name->n; at += name->bytes[at] + 1) {
		fputs(at > 0 ? "." : "", to);
		for (int i = 1; i <= name->bytes[at]; i++)
			fprintf(to, name->bytes[at + i] <= ' ' || name->bytes[at + i] > '~' ||
			    strchr(".,\\", name->bytes[at + i]) != NULL ? "\\%03d" : "%c",
			    name->bytes[at + i]);
	}
	fputs(name->n == 0 ? "." : "", to);
}

/* Prints the names that lead from the question to the name at `place`, without the question. */
static void
print_way(FILE *to, const struct plain *plain, size_t place)
{
	if (place == 0)
		return;
	print_way(to, plain, plain->reached[place].from);
	fputs(plain->reached[place].from != 0 ? "," : "", to);
	print_name(to, plain->reached[place].name);
}

static void
compare_text(const struct buf *ours, FILE *f, char **text, size_t *n)
{
	fclose(f);
	FUZZ_ASSERT(str_eq(buf_view(ours), (struct str){ *text, *n }));
	free(*text);
}

static void
compare_names(struct dns *d, const struct plain *plain, const struct dns_address *a, size_t place)
{
	struct buf ours = BUF(100000);
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	print_name(f, &plain->question);
	dns_name(d, &ours);
	compare_text(&ours, f, &text, &n);
	buf_cut(&ours, 0);
	f = open_memstream(&text, &n);
	print_way(f, plain, place);
	dns_via(d, a->alias, &ours);
	compare_text(&ours, f, &text, &n);
	buf_free(&ours);
}

/* Checks that the decoder's next answer is this address, the data or a hint of record `i`. */
static void
compare_next(struct dns *d, const struct plain *plain, size_t i, const uint8_t *bytes, size_t size)
{
	uint16_t type = plain->records[i].type;
	bool to_target = is_service(type) && plain->records[i].leads;
	size_t owner = place_of(plain, &plain->records[i].owner);
	size_t place = to_target ? place_of(plain, &plain->records[i].target) : owner;
	uint32_t ttl = plain->records[i].ttl;
	struct dns_address a;
	struct addr addr;

	FUZZ_ASSERT(dns_next(d, &a));
	addr_from_bytes(&addr, bytes, size);
	FUZZ_ASSERT(addr_eq(&addr, &a.addr));
	FUZZ_ASSERT(a.ttl == (ttl < plain->reached[owner].ttl ? ttl : plain->reached[owner].ttl));
	FUZZ_ASSERT(a.hint == (is_service(type) ? type : DNS_NO_HINT));
	FUZZ_ASSERT((a.alias == 0) == (place == 0));
	compare_names(d, plain, &a, place);
}

static void
compare(struct dns *d, struct plain *plain)
{
	struct dns_address a;

	follow(plain);
	for (size_t i = 0; i < plain->n; i++) {
		uint16_t type = plain->records[i].type;
		const uint8_t *data = plain->records[i].data;

		if (!plain->records[i].counts ||
		    place_of(plain, &plain->records[i].owner) == plain->n_reached)
			continue;
		if (type == ns_t_a || type == ns_t_aaaa)
			compare_next(d, plain, i, data, plain->records[i].len);
		for (size_t v6 = 0; v6 < 2; v6++)
			for (size_t n = 0; n < plain->records[i].hints[v6].n; n += v6 ? 16 : 4)
				compare_next(d, plain, i, data + plain->records[i].hints[v6].at + n,
				    v6 ? 16 : 4);
	}
	FUZZ_ASSERT(!dns_next(d, &a));
}

/* Checks that names with any bytes are printed in canonical form. */
static void
check_names(struct dns *d)
{
	struct buf text = BUF(100000);
	struct dns_address a;

	dns_name(d, &text);
	FUZZ_ASSERT(name_is_canonical(buf_view(&text)));
	while (dns_next(d, &a)) {
		struct str names, name;

		buf_cut(&text, 0);
		dns_via(d, a.alias, &text);
		names = buf_view(&text);
		FUZZ_ASSERT((a.alias == 0) == (names.n == 0));
		while (a.alias != 0 && str_split(&names, ',', &name))
			FUZZ_ASSERT(name_is_canonical(name));
	}
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns *d;
	static struct plain plain;
	uint8_t msg[SIZE_MAX_HERE];
	enum dns_verdict verdict;
	bool astray;
	size_t end;

	if (d == NULL)
		d = dns_new(1);
	verdict = dns_decode(d, (struct str){ (const char *)data, size });
	if (verdict == DNS_ANSWERS)
		check_names(d);
	FUZZ_ASSERT(dns_steps(d) <= DNS_STEPS_MAX(size));
	if (verdict == DNS_MALFORMED)
		FUZZ_ASSERT(dns_fault(d) < DNS_FAULTS);
	if (size < 12 || size > SIZE_MAX_HERE)
		return 0;
	memcpy(msg, data, size);
	memset(msg + 8, 0, 4);		/* no records in the other sections */
	end = answer_end(msg, size, &astray);
	if (astray)
		return 0;
	verdict = dns_decode(d, (struct str){ (const char *)msg, end > 0 ? end : size });
	if (verdict == DNS_NO_ANSWER ||
	    (verdict == DNS_MALFORMED && dns_fault(d) == DNS_POINTERS))
		return 0;
	FUZZ_ASSERT((verdict == DNS_ANSWERS) == (end > 0 && read_plainly(msg, end, &plain)));
	if (verdict == DNS_ANSWERS)
		compare(d, &plain);
	return 0;
}
