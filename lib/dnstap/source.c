/*
 * A read fills a block, and block_next splits the block into frames. A source is closed at its end
 * or after a fault; the owner of the source then finds fd == -1.
 */
#include "dnstap/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/kind.h"

/* The most bytes of one read: they fit in the processor's cache. */
#define BLOCK (64 * 1024)

void
source_close(struct source *s)
{
	frame_free(&s->stream);
	close(s->fd);
	s->fd = -1;
}

void
source_refuse(struct source *s, const char *why)
{
	static struct log_limit limit;

	if (s->is_file)
		log_error("%s: %s", s->name, why);
	else
		log_limited(&limit, "%s: connection closed: %s", s->name, why);
	s->failed = true;
	source_close(s);
}

void
source_stop(struct source *s)
{
	int domain = AF_UNSPEC;
	socklen_t size = sizeof(domain);

	getsockopt(s->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	shutdown(s->fd, domain == AF_UNIX ? SHUT_RD : SHUT_WR);
	s->stopped = true;
}

/* Describes a fault, and names the kind of data if the stream is not dnstap. */
static const char *
fault_text(struct block *b, enum frame_fault why)
{
	struct str start = frame_unread(&b->from->stream, b->left);
	const struct kind *kind = why == FRAME_NO_START ? kind_of_binary(start) : NULL;

	return kind != NULL ? kind_text(kind, log_program()) : frame_fault_text(why);
}

static void
fault(struct block *b, enum frame_fault why)
{
	b->faults[why]++;
	b->refused++;
	source_refuse(b->from, fault_text(b, why));
}

/* Closes a source that has ended. After source_stop, a truncated frame is not a fault. */
static void
end(struct block *b)
{
	struct source *s = b->from;

	if (s->is_file && !s->began)
		log_warn("%s: empty file; does the resolver write to this file?", s->name);
	if (frame_is_cut(&s->stream) && !s->stopped)
		fault(b, FRAME_CUT);
	else
		source_close(s);
	b->from = NULL;
}

void
block_read(struct block *b, struct source *s)
{
	ssize_t n;

	if (b->data == NULL)
		b->data = mem_alloc(BLOCK);
	n = read(s->fd, b->data, BLOCK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && s->is_file) {
		b->refused++;
		source_refuse(s, strerror(errno));
		return;
	}
	b->from = s;
	b->left = (struct str){ b->data, n > 0 ? (size_t)n : 0 };
	b->bytes += b->left.n;
	s->began |= n > 0;
	b->arrival = clock_wall();
	if (n <= 0)
		end(b);
}

/* Errors are ignored: the producer has closed the connection, or its handshake will time out. */
static void
send_reply(const struct source *s, const struct frame *f)
{
	if (!s->is_file && f->reply_len > 0)
		(void)send(s->fd, f->reply, f->reply_len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
block_next(struct block *b, struct str *payload)
{
	struct frame f;

	while (b->from != NULL && b->from->fd >= 0) {
		switch (frame_next(&b->from->stream, &b->left, &f)) {
		case FRAME_MORE:
			b->from = NULL;
			return false;
		case FRAME_DATA:
			b->frames++;
			b->from->told = true;
			*payload = f.payload;
			return true;
		case FRAME_CONTROL:
			send_reply(b->from, &f);
			break;
		case FRAME_END:
			send_reply(b->from, &f);
			if (!b->from->is_file)
				source_close(b->from);
			break;
		case FRAME_BAD:
			fault(b, f.fault);
			break;
		}
	}
	b->from = NULL;
	return false;
}

void
block_free(struct block *b)
{
	free(b->data);
}
