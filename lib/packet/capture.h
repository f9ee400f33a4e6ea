/*
 * Packets from a network interface or a file in pcap or pcapng format, through libpcap.
 *
 * A live capture needs CAP_NET_RAW only while it is opened. It takes the first CAPTURE_BYTES of
 * each packet. Unless `incoming` is set, it takes only packets that this host sends. On a loopback
 * interface these are all packets. On "any", and on other interfaces with a cooked link layer,
 * packets of other hosts must be sorted out with link_packet.incoming.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "io/kind.h"
#include "packet/packet.h"

/*
 * Linux stores packets in a ring of slots of equal size, and this is a little less than 32 KiB. A
 * longer packet is the segment of a TCP message that has more than 1,000 addresses.
 */
#define CAPTURE_BYTES (32 * 1024 - 256)
#define CAPTURE_RING (64 * 1024 * 1024)	/* bytes of all slots */
#define CAPTURE_FILTER_MAX (64 * 1024)	/* the longest text of a filter */

/*
 * A packet; the bytes are valid until the function returns. `time` is in microseconds since the
 * epoch, and -1 if the file has no valid time.
 */
typedef void capture_fn(void *arg, int link_type, struct str bytes, size_t original_length,
    int64_t time);

/* Reads up to n bytes of a file as read(2) does, and waits for them. 0: the end. */
typedef ssize_t capture_read_fn(void *arg, char *data, size_t n);

struct capture {
	struct pcap *pcap;	/* owned; NULL: not open */
	const char *name;	/* the interface or file, not copied */
	int link_type;
	bool live;
	capture_read_fn *read;	/* of a file */
	capture_fn *fn;
	void *arg;		/* of both functions */
	char start[KIND_BYTES];	/* the first bytes of a file, for messages */
	size_t start_n;
	bool is_empty;		/* the file has no bytes */
	char error[400];	/* the text of the last error */
};

/* Appends the filter expression of pcap-filter(7) for these servers. */
void capture_filter(struct buf *out, const struct packet_limits *limits);

/* Opens an interface. Returns NULL, or the reason of a failure, which may be in c->error. */
const char *capture_open_live(struct capture *c, const char *interface,
    const struct packet_limits *limits, bool incoming);

/* Opens a file that `read` reads. Returns NULL, or the reason. */
const char *capture_open_file(struct capture *c, const char *name, capture_read_fn *read,
    void *arg);

/* Whether this host forwards packets, so that it also sends packets of other hosts. */
bool capture_has_forwarded(const struct capture *c);

/* The descriptor of a live capture, for poll(2). */
int capture_fd(const struct capture *c);

/*
 * Whether the interface went down. The descriptor does not report whether it comes back or
 * disappears, so call capture_take from time to time.
 */
bool capture_is_down(const struct capture *c);

/*
 * Passes the packets that have arrived to `fn`, at most `limit`. Returns NULL, or the reason why
 * the capture has ended.
 */
const char *capture_take(struct capture *c, int limit, capture_fn *fn, void *arg);

enum capture_result { CAPTURE_PACKET, CAPTURE_END, CAPTURE_FAILED };

/* Passes the next packet of a file to `fn`. After CAPTURE_FAILED the reason is in c->error. */
enum capture_result capture_next(struct capture *c, capture_fn *fn, void *arg);

/* The packets that the kernel dropped because the ring was full; 0 for a file. */
uint64_t capture_dropped(const struct capture *c);

void capture_close(struct capture *c);

#endif
