#include "io/merge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/fifo.h"
#include "io/pipe.h"

const char *
merges_add(struct merges *all, const char *path)
{
	if (all->n == MERGES_MAX)
		return "too many FIFOs";
	all->list[all->n++] = (struct merge){ .path = path, .in.fd = -1 };
	return NULL;
}

static const char *
open_fifo(struct merge *m, size_t line_max)
{
	const char *why = fifo_create(m->path);
	int fd;

	if (why != NULL)
		return why;
	if ((fd = fifo_read(m->path)) < 0)
		return strerror(errno);
	linereader_open(&m->in, fd, line_max);
	return NULL;
}

const char *
merges_open(struct merges *all, size_t line_max)
{
	static char reason[PATH_MAX + 64];

	for (size_t i = 0; i < all->n; i++) {
		const char *why = open_fifo(&all->list[i], line_max);

		all->sources[i + 1].fd = all->list[i].in.fd;
		if (why == NULL)
			continue;
		snprintf(reason, sizeof(reason), "%s: %s", all->list[i].path, why);
		return reason;
	}
	return NULL;
}

void
merges_begin(struct merges *all, struct loop *l, bool may_read)
{
	for (size_t i = 0; i < all->n; i++) {
		struct merge *m = &all->list[i];

		m->polled = may_read && m->state == MERGE_EMPTY;
		m->place = loop_add(l, m->polled ? m->in.fd : -1, POLLIN);
	}
}

/* Whether all lines that FIFO i follows have been returned, or will be returned before. */
static bool
is_next(struct merges *all, size_t i)
{
	bool next = true;

	for (size_t k = 0; k <= i; k++) {
		const struct merge_source *before = &all->sources[k];
		uint64_t *until = &all->list[i].until[k];

		if (before->is_empty || before->read >= *until)
			*until = 0;
		next &= *until == 0 && (k == 0 || all->list[k - 1].state != MERGE_WAITING);
	}
	return next;
}

/* Reads a FIFO. Returns whether lines arrived. */
static bool
read_fifo(struct merges *all, size_t i)
{
	struct merge *m = &all->list[i];
	size_t before = m->in.tail - m->in.head;

	if (!linereader_read(&m->in))
		return false;
	all->sources[i + 1].read += m->in.tail - m->in.head - before;
	m->state = MERGE_WAITING;
	for (size_t k = 0; k <= i; k++)
		m->until[k] = all->sources[k].read + pipe_size(all->sources[k].fd);
	return true;
}

/*
 * The decision comes before reading: a pipe must have been empty at a wait that began after the
 * lines were read.
 */
bool
merges_turn(struct merges *all, const struct loop *l, uint64_t stdin_read, bool stdin_empty)
{
	bool any = false;

	all->sources[0] = (struct merge_source){ STDIN_FILENO, stdin_read, stdin_empty };
	for (size_t i = 0; i < all->n; i++) {
		struct merge *m = &all->list[i];
		bool arrived = loop_events(l, m->place) != 0;

		all->sources[i + 1].is_empty = m->polled && !arrived;
		if (m->state == MERGE_WAITING && is_next(all, i))
			m->state = MERGE_READY;
		if (arrived)
			any |= read_fifo(all, i);
	}
	return any;
}

bool
merges_have_lines(const struct merges *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].state != MERGE_EMPTY)
			return true;
	return false;
}

bool
merges_have_unread(const struct merges *all)
{
	struct pollfd fds[MERGES_MAX];

	for (size_t i = 0; i < all->n; i++)
		fds[i] = (struct pollfd){ .fd = all->list[i].in.fd, .events = POLLIN };
	return poll(fds, all->n, 0) > 0;
}

enum linereader_result
merges_line(struct merges *all, struct str *line, const struct merge **source)
{
	for (size_t i = 0; i < all->n; i++) {
		struct merge *m = &all->list[i];
		enum linereader_result result = LINEREADER_NONE;

		if (m->state != MERGE_READY)
			continue;
		result = linereader_line(&m->in, line);
		*source = m;
		if (result != LINEREADER_NONE)
			return result;
		m->state = MERGE_EMPTY;
	}
	return LINEREADER_NONE;
}

void
merges_close(struct merges *all)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i].in.fd >= 0)
			close(all->list[i].in.fd);
		linereader_free(&all->list[i].in);
	}
}
