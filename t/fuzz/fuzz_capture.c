/*
 * A file in pcap or pcapng format, through libpcap, to DNS messages. No input makes the memory of
 * the reassembly exceed its limit, and times are valid or unknown.
 */
#include "packet/capture.h"

#include "base/clock.h"
#include "fuzz.h"

static struct str unread;
static volatile char last_byte;

static ssize_t
read_some(void *arg, char *data, size_t n)
{
	(void)arg;
	n = n < unread.n ? n : unread.n;
	memcpy(data, unread.p, n);
	unread.p += n;
	unread.n -= n;
	return (ssize_t)n;
}

static void
receive(void *arg, const struct packet_message *m)
{
	(void)arg;
	for (size_t i = 0; i < m->dns.n; i++)	/* a sanitizer checks the view */
		last_byte = m->dns.p[i];
}

static void
take(void *arg, int link_type, struct str bytes, size_t original_length, int64_t time)
{
	struct packet *p = arg;

	FUZZ_ASSERT(time >= -1 && time <= TIME_MAX && link_is_known(link_type));
	packet_take(p, link_type, bytes, original_length, time, receive, NULL);
	FUZZ_ASSERT(packet_memory(p) <= PACKET_MEMORY_MIN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t port = 53;
	struct packet_limits limits = { .ports = &port, .n_ports = 1,
	    .memory = PACKET_MEMORY_MIN };
	struct packet p;
	struct capture c;

	unread = (struct str){ (const char *)data, size };
	packet_open(&p, &limits, 1);
	if (capture_open_file(&c, "input", read_some, NULL) == NULL)
		while (capture_next(&c, take, &p) == CAPTURE_PACKET)
			;
	capture_close(&c);
	packet_close(&p);
	return 0;
}
