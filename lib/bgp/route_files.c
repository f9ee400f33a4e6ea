#include "bgp/route_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/kind.h"
#include "io/linereader.h"
#include "io/owner.h"

#define BAD_LINES_MAX 10	/* the most bad lines reported for a file */
#define UNREADABLE (-1)		/* value of `bad`: the file cannot be read */

/* A file that is being read. */
struct reading {
	struct route_files *files;
	struct originate *originate;
	struct static_routes *to;
	uint16_t file;
	int64_t bad;		/* number of bad lines, or UNREADABLE */
};

const char *
route_files_add(struct route_files *f, const char *path)
{
	if (f->n == ROUTE_FILES_MAX)
		return "more than 1000 files of routes";
	f->list = mem_grow(f->list, f->n, &f->cap, sizeof(*f->list));
	f->list[f->n++] = (struct route_file){ .path = path };
	return NULL;
}

void
route_files_free(struct route_files *f)
{
	free(f->list);
}

/*
 * Opens a regular file, or returns -1 with errno. A FIFO is refused: reading could block the loop.
 */
static int
open_file(const char *path)
{
	int fd = owner_open(path, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return -1;
}

static void
note_bad_line(struct reading *r, const char *why)
{
	if (r->bad++ < BAD_LINES_MAX)
		log_error("%s:%llu: %s", r->files->path, (unsigned long long)r->files->line, why);
}

/* Reads all lines of a file. Returns NULL, or the reason why the file cannot be read. */
static const char *
read_lines(struct reading *r, struct linereader *in)
{
	const struct kind *kind;
	enum linereader_result result;
	struct str line = { 0 };
	const char *why;

	while (!in->eof) {
		linereader_read(in);
		while ((result = linereader_line(in, &line)) != LINEREADER_NONE) {
			r->files->line = in->line;
			if (in->line == 1 && (kind = kind_of(line)) != NULL)
				return kind_text(kind, NULL);
			why = result == LINEREADER_TOO_LONG ? "line too long" :
			    originate_file_line(r->originate, line, r->file, r->to);
			if (why != NULL)
				note_bad_line(r, why);
		}
	}
	return in->error != 0 ? strerror(in->error) : NULL;
}

static void
read_file(struct reading *r)
{
	const char *path = r->files->path, *why;
	int fd = open_file(path);
	struct linereader in;

	if (fd < 0) {
		log_error("%s: %s", path, errno == EINVAL ? "not a regular file" : strerror(errno));
		r->bad = UNREADABLE;
		return;
	}
	linereader_open(&in, fd, ROUTE_MAX - 1);
	why = read_lines(r, &in);
	linereader_free(&in);
	close(fd);
	if (r->bad > BAD_LINES_MAX)
		log_error("%s: %llu more bad lines", path,
		    (unsigned long long)(r->bad - BAD_LINES_MAX));
	if (why == NULL)
		return;
	log_error("%s: %s", path, why);
	r->bad = UNREADABLE;
}

/*
 * Adds the routes of a file to *to. If the file cannot be read or has a bad line, adds nothing and
 * returns false.
 */
static bool
add_file(struct route_files *f, struct originate *o, uint16_t file, struct static_routes *to)
{
	struct reading r = { .files = f, .originate = o, .to = to, .file = file };
	size_t mark = to->n;

	f->path = f->list[file].path;
	read_file(&r);
	f->path = NULL;
	f->list[file].is_old = r.bad != 0;
	if (r.bad != 0)
		originate_cut(o, to, mark);
	return r.bad == 0;
}

bool
route_files_check(struct route_files *f, struct originate *o)
{
	struct static_routes none = { 0 };

	o->on_refused = NULL;
	for (size_t i = 0; i < f->n; i++)
		add_file(f, o, (uint16_t)i, &none);
	originate_cut(o, &none, 0);
	static_routes_free(&none);
	return route_files_old(f) == 0;
}

bool
route_files_read(struct route_files *f, struct originate *o)
{
	struct static_routes new = { 0 };
	size_t refused;

	for (size_t i = 0; i < f->n; i++)
		if (!add_file(f, o, (uint16_t)i, &new))
			originate_keep_file(o, (uint16_t)i, &new);
	refused = originate_replace_files(o, &new);
	if (refused > 0)
		log_warn("limit of --max-routes reached: %zu routes of files refused", refused);
	return route_files_old(f) == 0;
}

size_t
route_files_old(const struct route_files *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->list[i].is_old;
	return n;
}
