#define _GNU_SOURCE	/* struct ucred */
#include "dnstap/share.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct share
of_ipv6(const struct sockaddr_in6 *from)
{
	const uint8_t *bytes = from->sin6_addr.s6_addr;
	struct share holder = { .family = AF_INET6 };
	uint32_t v4;

	if (IN6_IS_ADDR_V4MAPPED(&from->sin6_addr)) {
		memcpy(&v4, bytes + 12, sizeof(v4));
		return (struct share){ .family = AF_INET, .id = v4 };
	}
	if (IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr)) {
		holder.scope = from->sin6_scope_id;
		bytes += sizeof(holder.id);
	}
	memcpy(&holder.id, bytes, sizeof(holder.id));
	return holder;
}

struct share
share_of_address(const struct sockaddr_storage *from)
{
	if (from->ss_family == AF_INET6)
		return of_ipv6((const struct sockaddr_in6 *)from);
	if (from->ss_family == AF_INET)
		return (struct share){ .family = AF_INET,
		    .id = ((const struct sockaddr_in *)from)->sin_addr.s_addr };
	return (struct share){ .family = AF_UNSPEC };
}

/* The holder of a connection, with a count of 0. */
static struct share
holder_of(int fd)
{
	struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof(from), user_size = sizeof(struct ucred);
	struct ucred user;

	if (getpeername(fd, (struct sockaddr *)&from, &size) != 0)
		return (struct share){ .family = AF_UNSPEC };
	if (from.ss_family != AF_UNIX)
		return share_of_address(&from);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &user_size) != 0)
		return (struct share){ .family = AF_UNSPEC };
	return (struct share){ .family = AF_UNIX, .id = user.uid };
}

static bool
same_holder(const struct share *a, const struct share *b)
{
	return a->family == b->family && a->scope == b->scope && a->id == b->id;
}

struct share *
share_take(struct share *table, unsigned size, int fd)
{
	struct share holder = holder_of(fd), *entry = NULL;

	for (unsigned i = 0; i < size; i++) {
		struct share *s = &table[i];

		if (s->n == 0) {
			entry = entry != NULL ? entry : s;
		} else if (same_holder(s, &holder)) {
			s->n++;
			return s;
		}
	}
	*entry = holder;
	entry->n = 1;
	return entry;
}
