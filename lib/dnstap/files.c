#include "dnstap/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define NOWHERE SIZE_MAX

void
files_open(struct files *f, char *const *names, int n)
{
	*f = (struct files){ .names = names, .n = n, .source.fd = -1, .place = NOWHERE };
}

static struct source
open_source(const char *name)
{
	if (strcmp(name, "-") == 0)
		return source_make(dup(STDIN_FILENO), "stdin", true);
	/* A FIFO without a writer must not block the other inputs. */
	return source_make(open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC), name, true);
}

/* Opens the next readable file. */
static void
open_next(struct files *f)
{
	while (f->source.fd < 0 && f->next < f->n && !f->stopped) {
		f->failed |= f->source.failed;
		f->source = open_source(f->names[f->next++]);
		if (f->source.fd >= 0)
			return;
		log_error("%s: %s", f->source.name, strerror(errno));
		f->failed = true;
	}
}

void
files_begin(struct files *f, struct loop *l, bool ask)
{
	open_next(f);
	f->place = ask && f->source.fd >= 0 && f->block.from == NULL ?
	    loop_add(l, f->source.fd, POLLIN) : NOWHERE;
}

void
files_read(struct files *f, const struct loop *l)
{
	if (f->place != NOWHERE && f->source.fd >= 0 && f->block.from == NULL &&
	    loop_events(l, f->place) != 0)
		block_read(&f->block, &f->source);
}

void
files_stop(struct files *f)
{
	struct stat st;

	f->stopped = true;
	if (f->source.fd >= 0 && fstat(f->source.fd, &st) == 0 && S_ISREG(st.st_mode))
		source_close(&f->source);
}

bool
files_are_read(const struct files *f)
{
	return f->source.fd < 0 && (f->stopped || f->next == f->n);
}

bool
files_have_failed(const struct files *f)
{
	return f->failed || f->source.failed;
}

void
files_free(struct files *f)
{
	if (f->source.fd >= 0)
		source_close(&f->source);
	block_free(&f->block);
}
