#include "io/linereader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/pipe.h"

void
linereader_open(struct linereader *in, int fd, size_t line_max)
{
	*in = (struct linereader){
	    .fd = fd, .data = mem_alloc(LINEREADER_BLOCK), .line_max = line_max};
	pipe_enlarge(fd);
}

bool
linereader_read(struct linereader *in)
{
	ssize_t n;

	if (in->head > 0) {
		memmove(in->data, in->data + in->head, in->tail - in->head);
		in->tail -= in->head;
		in->head = 0;
	}
	n = read(in->fd, in->data + in->tail, LINEREADER_BLOCK - in->tail);
	if (n > 0) {
		in->tail += (size_t)n;
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	in->error = n < 0 ? errno : 0;
	in->eof = true;
	return false;
}

/* Handles data without an LF: no data, or a part of a line, which may be too long. */
static enum linereader_result
in_rest(struct linereader *in, struct str *line)
{
	size_t n = in->tail - in->head;

	if (in->skipping || n > in->line_max) {
		bool first = !in->skipping;

		in->head = in->tail;
		in->skipping = !in->eof;
		if (first)
			in->line++;
		return first ? LINEREADER_TOO_LONG : LINEREADER_NONE;
	}
	if (!in->eof || n == 0)
		return LINEREADER_NONE;
	*line = (struct str){ in->data + in->head, n };
	in->head = in->tail;
	in->line++;
	return LINEREADER_CUT_OFF;
}

enum linereader_result
linereader_line(struct linereader *in, struct str *line)
{
	for (;;) {
		char *start = in->data + in->head;
		char *lf = in->head == in->tail ? NULL : memchr(start, '\n', in->tail - in->head);

		if (lf == NULL)
			return in_rest(in, line);
		*line = (struct str){ start, (size_t)(lf - start) };
		in->head += line->n + 1;
		if (in->skipping) {
			in->skipping = false;
			continue;
		}
		in->line++;
		return line->n > in->line_max ? LINEREADER_TOO_LONG : LINEREADER_LINE;
	}
}

void
linereader_free(struct linereader *in)
{
	free(in->data);
	in->data = NULL;
}
