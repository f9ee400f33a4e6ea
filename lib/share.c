#define _GNU_SOURCE	/* struct ucred */
#include "share.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static uint64_t
user_of(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	return peer.uid;
}

/* The holder of a connection, as a share without connections. */
static struct share
holder_of(int fd)
{
	struct sockaddr_storage from = { .ss_family = AF_UNIX };
	socklen_t size = sizeof(from);
	struct share holder;

	getpeername(fd, (struct sockaddr *)&from, &size);
	holder = (struct share){ .family = from.ss_family };
	if (from.ss_family == AF_INET)
		holder.id = ((const struct sockaddr_in *)&from)->sin_addr.s_addr;
	else if (from.ss_family == AF_INET6)
		memcpy(&holder.id, &((const struct sockaddr_in6 *)&from)->sin6_addr,
		    sizeof(holder.id));
	else
		holder.id = user_of(fd);
	return holder;
}

struct share *
share_take(struct share *table, unsigned size, int fd)
{
	struct share holder = holder_of(fd), *entry = NULL;

	for (unsigned i = 0; i < size; i++) {
		struct share *s = &table[i];

		if (s->n == 0) {
			entry = entry != NULL ? entry : s;
		} else if (s->family == holder.family && s->id == holder.id) {
			s->n++;
			return s;
		}
	}
	*entry = holder;
	entry->n = 1;
	return entry;
}

void
share_leave(struct share *s)
{
	s->n--;
}
