/*
 * The names of the lab in t/lab/uplinks.sh, 10,000 listed and as many unlisted ones. Number I, with
 * five digits, is `nI.listed.example` with the addresses 198.18.0.0 + I and 2001:db8:18:: + I, or
 * `nI.other.example` with 198.19.0.0 + I and 2001:db8:19:: + I.
 */
#ifndef LABNAMES_H
#define LABNAMES_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LABNAMES_MAX 10000
#define LABNAMES_QUERY_MAX 64	/* bytes of a query */

/* Offset of the lower byte of the type in a query or reply. */
#define LABNAMES_TYPE_AT(unlisted) ((unlisted) ? 35 : 36)

/* The number of the name with this address; -1: none. */
static inline int
labnames_number(const uint8_t *address, bool unlisted, bool ipv6)
{
	static const uint8_t ipv6_head[] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x18 };
	static const uint8_t ipv4_head[] = { 198, 18 };
	const uint8_t *head = ipv6 ? ipv6_head : ipv4_head;
	size_t last = ipv6 ? sizeof(ipv6_head) - 1 : sizeof(ipv4_head) - 1;
	const uint8_t *tail = address + (ipv6 ? 14 : 2);
	int number = tail[0] << 8 | tail[1];

	if (memcmp(address, head, last) != 0 || address[last] != head[last] + (unlisted ? 1 : 0) ||
	    number >= LABNAMES_MAX)
		return -1;
	return number;
}

/* The address for a socket of the family AF_INET6; IPv4 is mapped. */
static inline struct sockaddr_in6
labnames_address(const uint8_t *address, bool ipv6, uint16_t port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(to.sin6_addr.s6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
	memcpy(to.sin6_addr.s6_addr + (ipv6 ? 0 : 12), address, ipv6 ? 16 : 4);
	return to;
}

/* Writes a query whose ID is the number; returns its length. */
static inline size_t
labnames_query(uint8_t out[LABNAMES_QUERY_MAX], int number, bool unlisted, bool ipv6)
{
	const uint8_t head[12] = { (uint8_t)(number >> 8), (uint8_t)number, 1, 0, 0, 1 };
	const uint8_t tail[] = { 0, 0, ipv6 ? 28 : 1, 0, 1 };
	char labels[32];
	size_t n = (size_t)snprintf(labels, sizeof(labels), "%cn%05d%c%s%cexample", 6, number,
	    unlisted ? 5 : 6, unlisted ? "other" : "listed", 7);

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), labels, n);
	memcpy(out + sizeof(head) + n, tail, sizeof(tail));
	return sizeof(head) + n + sizeof(tail);
}

#endif
