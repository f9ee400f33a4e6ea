/*
 * Which bytes of a TCP connection the peer's system has acknowledged. The kernel queues an event on
 * the socket's error queue when the last byte of a send(2) is acknowledged (SO_TIMESTAMPING), so
 * that poll(2) returns POLLERR and no timer is needed.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

/* Requests an event when the bytes of a send(2) from now on are acknowledged. */
void delivery_watch(int fd);

/* Removes all events from the error queue. */
void delivery_drain(int fd);

/*
 * Sets *n to the number of acknowledged bytes. It may count the SYN, so only differences matter.
 * False if the kernel does not report the number (Linux before 4.1).
 */
bool delivery_count(int fd, uint64_t *n);

#endif
