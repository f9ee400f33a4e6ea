/*
 * A list is read in blocks and parsed line by line, as it may be large. Its lines are stored only
 * if they are needed again: a pipe cannot be read again at a reload, and explain.h reads all lists
 * twice.
 *
 * - A file in another format is recognized by its first line (kind.h) and reported once.
 * - Reasons are constant strings, so that equal reasons have equal addresses.
 */
#include "match/list_files.h"

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
#include "line/answer.h"

#define LIST_SIZE_MAX (1024 * 1024 * 1024)
#define LIST_LINE_MAX 65535
#define REASONS_MAX 32		/* reasons stored for a list; further ones share the last element */

/* The name of the file without directory and last extension. */
static struct str
default_tag(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	return (struct str){ base,
	    dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base) };
}

/* Parses [!][TAG=]FILE. An `=` after a `/` is part of the path. False when the tag is empty. */
static bool
open_source(struct list_file *s, const char *word)
{
	struct buf tag = BUF(4096);
	size_t n;

	s->excepts = *word == '!';
	word += s->excepts;
	n = strcspn(word, "=/");
	s->path = word[n] == '=' ? word + n + 1 : word;
	answer_escape(word[n] == '=' ? (struct str){ word, n } : default_tag(word), &tag);
	buf_byte(&tag, '\0');
	s->tag = tag.data;
	s->text = BUF(LIST_SIZE_MAX);
	return !tag.overflow && tag.len > 1;
}

const char *
list_files_open(struct list_files *l, char *const words[], size_t n)
{
	l->sources = mem_zero(n, sizeof(*l->sources));
	for (l->n = 0; l->n < n; l->n++) {
		const char *word = words[l->n];

		if (!open_source(&l->sources[l->n], word))
			return word + (*word == '!');
	}
	return NULL;
}

void
list_files_close(struct list_files *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->sources[i].tag);
		buf_free(&l->sources[i].text);
	}
	free(l->sources);
}

/* 0, or the errno of a failure. Does not open the file: a pipe may have another reader. */
static int
check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || access(path, R_OK) < 0)
		return errno;
	return S_ISDIR(st.st_mode) ? EISDIR : 0;
}

bool
list_files_check(const struct list_files *l)
{
	bool good = true;

	for (size_t i = 0; i < l->n; i++) {
		int error = check_file(l->sources[i].path);

		if (error != 0)
			log_error("%s: %s", l->sources[i].path, strerror(error));
		good &= error == 0;
	}
	return good;
}

/* A list that is being read. */
struct adding {
	struct lists_set *to;
	const struct list_file *from;
	struct domset *set;
	unsigned list;
	unsigned long lines, negated, others;
	const struct kind *kind;	/* format of a file that is not a list, or NULL */
	uint32_t max_warnings;
	struct reason {
		const char *why;
		unsigned long lines;
	} reasons[REASONS_MAX];
};

static void
note_bad_line(struct adding *a, const char *why)
{
	struct reason *r = a->reasons;

	while (r->why != NULL && r->why != why && r < a->reasons + REASONS_MAX - 1)
		r++;
	r->why = why;
	a->to->bad_entries++;
	if (r->lines++ < a->max_warnings)
		log_warn("%s:%lu: %s", a->from->path, a->lines, why);
}

static void
report_held_back(const struct adding *a)
{
	const struct reason *r = a->reasons;

	for (; a->max_warnings > 0 && r < a->reasons + REASONS_MAX && r->why != NULL; r++)
		if (r->lines > a->max_warnings)
			log_warn("%s: %lu more lines: %s", a->from->path,
			    r->lines - a->max_warnings, r->why);
}

/* Adds the entry of a line. `why` is the reason why the line could not be read, or NULL. */
static void
add_line(struct adding *a, struct str line, const char *why)
{
	struct list_entry entry;

	if (a->lines++ == 0)
		a->kind = kind_of(line);
	if (a->kind != NULL)
		return;
	if (why == NULL)
		why = list_parse(line, &entry);
	if (why == NULL && entry.form != LIST_NOTHING) {
		domset_set_place(a->set, a->from->path, a->lines);
		why = domset_add(a->set, a->list, &entry);
		a->negated += why == NULL && entry.negated;
		a->others += why == NULL && !entry.negated;
	}
	if (why != NULL)
		note_bad_line(a, why);
}

static void
end_adding(const struct adding *a)
{
	report_held_back(a);
	if (a->max_warnings > 0 && a->from->excepts && a->negated > 0 && a->others == 0)
		log_warn("%s: exception list has no effect: every entry is negated; remove each !",
		    a->from->path);
}

static void
add_kept_lines(struct adding *a, struct str text)
{
	struct str line;

	while (text.n > 0 && str_split(&text, '\n', &line))
		add_line(a, line, line.n > LIST_LINE_MAX ? "line too long" : NULL);
}

/* Adds the lines in the buffer of `in`, and appends them to `kept` unless `kept` is NULL. */
static void
add_read_lines(struct adding *a, struct linereader *in, struct buf *kept)
{
	struct str line;
	enum linereader_result result;

	while ((result = linereader_line(in, &line)) != LINEREADER_NONE) {
		if (result == LINEREADER_TOO_LONG)
			line = (struct str){ "", 0 };
		add_line(a, line, result == LINEREADER_TOO_LONG ? "line too long" : NULL);
		if (kept != NULL) {
			buf_str(kept, line);
			buf_byte(kept, '\n');
		}
	}
}

/* Adds the lines of a file. 0, or an errno. */
static int
add_file(struct adding *a, struct list_file *s, bool keep)
{
	int fd = owner_open(s->path, O_RDONLY), error;
	size_t size = 0;
	struct stat st;
	struct linereader in;

	if (fd < 0)
		return errno;
	s->is_kept = keep || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode);
	linereader_open(&in, fd, LIST_LINE_MAX);
	while (!in.eof && size <= LIST_SIZE_MAX) {
		size_t left = in.tail - in.head;

		linereader_read(&in);
		size += in.tail - in.head - left;
		add_read_lines(a, &in, s->is_kept ? &s->text : NULL);
	}
	error = size > LIST_SIZE_MAX ? EFBIG : in.error;
	linereader_free(&in);
	close(fd);
	return error;
}

static bool
add_source(const struct list_files *l, struct lists_set *to, struct list_file *s)
{
	struct domset *set = s->excepts ? to->exceptions : to->set;
	struct adding adding = { .to = to, .from = s, .set = set,
	    .list = domset_list(set, str_of(s->tag)), .max_warnings = l->max_warnings };
	int error = 0;

	if (s->is_kept)
		add_kept_lines(&adding, buf_view(&s->text));
	else
		error = add_file(&adding, s, l->keep);
	if (error == 0 && adding.kind == NULL) {
		end_adding(&adding);
		return true;
	}
	log_error("%s: %s", s->path,
	    error != 0 ? strerror(error) : kind_text(adding.kind, NULL));
	buf_free(&s->text);
	s->is_kept = false;
	return false;
}

bool
list_files_build(struct list_files *l, struct lists_set *new)
{
	bool good = true;

	lists_begin(new);
	for (size_t i = 0; i < l->n; i++) {
		l->reading = l->sources[i].path;
		good = add_source(l, new, &l->sources[i]) && good;
	}
	l->reading = NULL;
	lists_seal(new);
	if (good && domset_entries(new->set) == 0) {
		log_error("lists: no entries");
		good = false;
	}
	if (!good)
		lists_set_free(new);
	return good;
}
