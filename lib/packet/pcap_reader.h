/*
 * The loop of pcap-read: reads packets from an interface, or from files one after the other, and
 * writes the answer lines of their DNS messages.
 *
 * Files wait while the reader of the output does not keep up. A live capture continues, and lines
 * that exceed the buffer of the output are dropped and counted. Without a buffer the capture waits,
 * and the kernel drops packets when its ring is full. Under load it collects packets for half a
 * millisecond, since each time that it wakes up costs the resolver time.
 */
#ifndef PCAP_READER_H
#define PCAP_READER_H

#include "answers/output.h"
#include "dns/extract.h"
#include "packet/capture.h"

/* Initialize with zeros. */
struct pcap_reader {
	/* Set by the program. */
	struct output *output;
	struct packet packet;	/* opened by the program */
	struct extract extract;	/* opened by the program */
	struct capture capture;	/* the interface, opened by the program, or the current file */

	int fd;			/* of the current file */
	bool is_regular;	/* the current file is a regular file */
	bool over;		/* the time to read after a signal is over, or output is broken */
	int64_t arrival;	/* the time of the last read, microseconds since the epoch */
	uint64_t dropped_before;	/* packets that the kernel had dropped at the last report */
	int64_t report_at;	/* time of the next report of dropped packets, monotonic */
	/* The load of a live capture, measured in windows. */
	int64_t window_at;	/* the start of the window, monotonic */
	uint64_t window_packets;	/* r->packet.packets at the start */
	bool is_loaded;		/* the last window had many packets */
};

/* Reads the interface until a signal or an error. Returns 0, or 2 after an error. */
int pcap_reader_live(struct pcap_reader *r);

/* Reads the files; `-` is stdin. Returns 0, or 2 if a file was not read to its end. */
int pcap_reader_files(struct pcap_reader *r, char *const *names, int n);

/* Prints the counters, as in pcap-read(1). */
void pcap_reader_print_counters(const struct pcap_reader *r, FILE *to);

void pcap_reader_free(struct pcap_reader *r);

#endif
