#include "io/kind.h"

#include <stdio.h>

static const struct kind
	gzip = { "gzip", "zcat", true },
	bzip2 = { "bzip2", "bzcat", true },
	xz = { "xz", "xzcat", true },
	zstd = { "zstd", "zstdcat", true },
	pcap = { "pcap: DNS packets, not dnstap", "use pcap-read", false },
	pcapng = { "pcapng: DNS packets, not dnstap", "use pcap-read", false },
	dnstap = { "a dnstap stream", "pipe it through dnstap-read first", false },
	tls = { "TLS", "decrypt it with stunnel, see dnstap-bgp(8)", false },
	powerdns = { "PowerDNS protobuf, not dnstap", "use newFrameStreamTcpLogger", false },
	http = { "HTTP", "only resolvers that send dnstap may connect here", false },
	utf16 = { "UTF-16", "convert it with iconv -f UTF-16 -t UTF-8", false },
	decoded = { "output of BIND's dnstap-read", "use dnstap-bgp read on the dnstap file",
	    false },
	text = { "text, not dnstap", "pass answer lines to dnstap-match", false };

/* Bytes at a fixed offset that identify a kind of data. */
static const struct signature {
	const struct kind *kind;
	size_t at;
	struct str bytes;
} signatures[] = {
	{ &gzip, 0, { "\x1f\x8b", 2 } },
	{ &bzip2, 4, { "\x31\x41\x59\x26\x53\x59", 6 } },
	{ &xz, 0, { "\xfd" "7zXZ", 5 } },
	{ &zstd, 0, { "\x28\xb5\x2f\xfd", 4 } },
	/* pcap: either byte order, microseconds or nanoseconds */
	{ &pcap, 0, { "\xa1\xb2\xc3\xd4", 4 } },
	{ &pcap, 0, { "\xd4\xc3\xb2\xa1", 4 } },
	{ &pcap, 0, { "\xa1\xb2\x3c\x4d", 4 } },
	{ &pcap, 0, { "\x4d\x3c\xb2\xa1", 4 } },
	{ &pcapng, 0, { "\x0a\x0d\x0d\x0a", 4 } },
	/* Frame Streams: a control frame of less than 256 bytes */
	{ &dnstap, 0, { "\0\0\0\0\0\0\0", 7 } },
	{ &tls, 0, { "\x16\x03", 2 } },	/* a handshake record: RFC 8446 section 5.1 */
	{ &http, 0, { "GET /", 5 } },
	{ &http, 0, { "POST /", 6 } },
	{ &http, 0, { "HEAD /", 6 } },
	{ &utf16, 0, { "\xff\xfe", 2 } },
	{ &utf16, 0, { "\xfe\xff", 2 } },
	{ &decoded, 0, { "type: MESSAGE", 13 } },	/* output of dnstap-read -y */
};

static bool
has_signature(struct str start, const struct signature *s)
{
	return start.n >= s->at + s->bytes.n &&
	    memcmp(start.p + s->at, s->bytes.p, s->bytes.n) == 0;
}

/* PowerDNS: two bytes of length, then a PBDNSMessage: type, then UUID or (from dnsdist) time. */
static bool
is_powerdns(struct str start)
{
	const uint8_t *b = (const uint8_t *)start.p;

	return start.n > 5 && b[2] == 0x08 && b[3] >= 1 && b[3] <= 4 &&
	    ((b[4] == 0x12 && b[5] == 16) || b[4] == 0x48);
}

/*
 * Whether the data begins as the pattern: `9` is a digit, `a` a lower-case letter, `A` a capital.
 */
static bool
fits(struct str start, const char *pattern)
{
	for (size_t i = 0; pattern[i] != '\0'; i++) {
		char c = i < start.n ? start.p[i] : '\0', p = pattern[i];
		bool fits_here = p == '9' ? c >= '0' && c <= '9' :
		    p == 'a' ? c >= 'a' && c <= 'z' : p == 'A' ? c >= 'A' && c <= 'Z' : c == p;

		if (!fits_here)
			return false;
	}
	return true;
}

const struct kind *
kind_of(struct str start)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
		if (has_signature(start, &signatures[i]))
			return signatures[i].kind;
	if (is_powerdns(start))
		return &powerdns;
	if (fits(start, "99-Aaa-9999 99:99:99.999 AA "))
		return &decoded;
	return NULL;
}

const struct kind *
kind_of_binary(struct str start)
{
	const struct kind *known = kind_of(start);

	if (known != NULL || start.n == 0)
		return known;
	for (size_t i = 0; i < start.n && i < KIND_BYTES; i++)
		if ((uint8_t)start.p[i] < ' ' && memchr("\t\n\r", start.p[i], 3) == NULL)
			return NULL;
	return &text;
}

bool
kind_is_capture(const struct kind *k)
{
	return k == &pcap || k == &pcapng;
}

const char *
kind_text(const struct kind *k, const char *reader)
{
	static char out[160];

	if (!k->is_packed)
		snprintf(out, sizeof(out), "%s; %s", k->name, k->advice);
	else if (reader != NULL)
		snprintf(out, sizeof(out), "compressed with %s; use %s FILE | %s", k->name,
		    k->advice, reader);
	else
		snprintf(out, sizeof(out), "compressed with %s; unpack it with %s", k->name,
		    k->advice);
	return out;
}
