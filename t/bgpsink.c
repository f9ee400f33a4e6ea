/*
 * A router that only counts, to measure senders with: `bgpsink [-a AS] PORT N` takes one session on a port of
 * the loopback, of either IP version, and ends when N prefixes have been announced to it (or the session ends).
 * It is of the peer's AS, or of the one given. It prints one line:
 *	prefixes=N messages=M bytes=B first=SECONDS last=SECONDS
 * bytes: of UPDATEs that announce; the times count from the connection to the first and the Nth prefix.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp.h"
#include "clock.h"

#define BLOCK (1024 * 1024)

static struct {
	uint64_t prefixes, messages, bytes;
	int64_t start, first, last;
} seen;

static unsigned
number(const uint8_t *p, size_t size)
{
	unsigned value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | p[i];
	return value;
}

static uint64_t
count_nlri(const uint8_t *p, const uint8_t *end)
{
	uint64_t n = 0;

	for (; p < end; p += bgp_nlri_size(*p))
		n++;
	return n;
}

/* The prefixes in MP_REACH_NLRI, RFC 4760 section 3. */
static uint64_t
count_attributes(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 3) {
		size_t header = p[0] & 0x10 ? 4 : 3;
		const uint8_t *value = p + header, *next = value + number(p + 2, header - 2);

		if (next > end)
			errx(1, "an attribute is cut off");
		if (p[1] == 14 && next - value >= 5 && value[3] + 5 <= next - value)
			return count_nlri(value + 5 + value[3], next);
		p = next;
	}
	return 0;
}

static void
count_update(const uint8_t *message, size_t length)
{
	const uint8_t *p = message + BGP_HEADER, *end = message + length, *attributes;
	uint64_t n;

	p += 2 + number(p, 2);
	if (p + 2 > end || p + 2 + number(p, 2) > end)
		errx(1, "an UPDATE is cut off");
	attributes = p + 2;
	p = attributes + number(p, 2);
	n = count_nlri(p, end) + count_attributes(attributes, p);
	if (n == 0)
		return;
	if (seen.prefixes == 0)
		seen.first = clock_mono();
	seen.prefixes += n;
	seen.messages++;
	seen.bytes += length;
}

static void
answer_open(int fd, struct str body, uint32_t as)
{
	struct buf out = BUF(BGP_MAX);
	struct bgp_error error;
	struct bgp_open open;

	if (!bgp_open_parse(body, &open, &error))
		errx(1, "an OPEN that does not parse");
	open.as = as != 0 ? as : open.as;
	open.id ^= 1;
	open.hold = 0;
	bgp_put_open(&out, &open);
	bgp_put_keepalive(&out);
	if (write(fd, out.data, out.len) != (ssize_t)out.len)
		err(1, "write");
	buf_free(&out);
}

static int
accept_one(uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1, off = 0, conn;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 1) < 0)
		err(1, "port %u", port);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		err(1, "accept");
	close(fd);
	return conn;
}

/* Takes the whole messages of a block; returns their length. */
static size_t
take_messages(int fd, const char *data, size_t n, uint32_t as)
{
	struct bgp_error error;
	struct bgp_message m;
	size_t at = 0;
	int length;

	while ((length = bgp_frame((struct str){ data + at, n - at }, BGP_MAX, &m, &error)) > 0) {
		if (m.type == BGP_OPEN)
			answer_open(fd, m.body, as);
		else if (m.type == BGP_UPDATE)
			count_update((const uint8_t *)data + at, (size_t)length);
		at += (size_t)length;
	}
	if (length < 0)
		errx(1, "a message that is none");
	return at;
}

static void
serve(int fd, uint64_t wanted, uint32_t as)
{
	static char data[BLOCK];
	size_t held = 0;
	ssize_t n;

	while (seen.prefixes < wanted && (n = read(fd, data + held, sizeof(data) - held)) > 0) {
		size_t taken;

		held += (size_t)n;
		taken = take_messages(fd, data, held, as);
		held -= taken;
		memmove(data, data + taken, held);
	}
	seen.last = clock_mono();
}

int
main(int argc, char **argv)
{
	uint32_t as = 0;
	int fd, c;

	while ((c = getopt(argc, argv, "a:")) != -1)
		as = c == 'a' ? (uint32_t)strtoul(optarg, NULL, 10) : as;
	if (argc - optind != 2)
		errx(2, "usage: bgpsink [-a AS] PORT N");
	fd = accept_one((uint16_t)atoi(argv[optind]));
	seen.start = clock_mono();
	serve(fd, strtoull(argv[optind + 1], NULL, 10), as);
	printf("prefixes=%llu messages=%llu bytes=%llu first=%.6f last=%.6f\n",
	    (unsigned long long)seen.prefixes, (unsigned long long)seen.messages,
	    (unsigned long long)seen.bytes, (double)(seen.first - seen.start) / SECOND,
	    (double)(seen.last - seen.start) / SECOND);
	return seen.prefixes < strtoull(argv[optind + 1], NULL, 10);
}
