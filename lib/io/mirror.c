#include "io/mirror.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/fifo.h"

#define LOOK (SECOND / 10)		/* interval of checks for a reader */
#define REST_MAX (64 * 1024)		/* more than the longest line */

const char *
mirror_open(struct mirror *t, const char *path)
{
	*t = (struct mirror){ .path = path, .fd = -1, .rest = BUF(REST_MAX) };
	return fifo_create(path);
}

static void
hang_up(struct mirror *t)
{
	close(t->fd);
	t->fd = -1;
	t->lost = 0;
	buf_cut(&t->rest, 0);
}

static bool
is_watched(struct mirror *t)
{
	if (t->fd >= 0)
		return true;
	if (clock_mono() < t->next)
		return false;
	t->next = clock_mono() + LOOK;
	t->fd = fifo_write(t->path);
	return t->fd >= 0;
}

/* Writes as much as the FIFO accepts now. Closes the FIFO when the reader has closed it. */
static size_t
give(struct mirror *t, const char *data, size_t n)
{
	ssize_t written = n > 0 ? write(t->fd, data, n) : 0;

	if (written >= 0)
		return (size_t)written;
	if (errno != EAGAIN && errno != EINTR)
		hang_up(t);
	return 0;
}

/* Writes the rest of a partial line, or a comment with the number of lost lines. True when done. */
static bool
catch_up(struct mirror *t)
{
	char note[64];

	if (t->lost > 0 && t->rest.len == 0) {
		snprintf(note, sizeof(note), "# %" PRIu64 " lines lost\n", t->lost);
		buf_str(&t->rest, str_of(note));
		t->lost = 0;
	}
	buf_shift(&t->rest, give(t, t->rest.data, t->rest.len));
	return t->fd >= 0 && t->rest.len == 0;
}

static void
count_lost(struct mirror *t, const char *lines, size_t n)
{
	const char *end = lines + n, *lf;

	for (; lines < end && (lf = memchr(lines, '\n', (size_t)(end - lines))) != NULL;
	    lines = lf + 1)
		t->lost++;
}

void
mirror_show(struct mirror *t, const char *lines, size_t n)
{
	size_t shown = 0;

	if (t->path == NULL || n == 0 || !is_watched(t))
		return;
	if (catch_up(t))
		shown = give(t, lines, n);
	if (t->fd < 0)
		return;
	if (shown > 0 && lines[shown - 1] != '\n') {
		const char *lf = memchr(lines + shown, '\n', n - shown);

		buf_put(&t->rest, lines + shown, (size_t)(lf + 1 - lines) - shown);
		shown = (size_t)(lf + 1 - lines);
	}
	count_lost(t, lines + shown, n - shown);
}

void
mirror_close(struct mirror *t)
{
	if (t->path != NULL && t->fd >= 0)
		hang_up(t);
	buf_free(&t->rest);
}
