/*
 * A list is read in blocks and parsed line by line, as it may be large. Its lines are stored only
 * if they are needed again: a pipe cannot be read again at a reload, and explain.h reads all lists
 * twice. A file that is not text is recognized by its first line (kind.h).
 */
#include "match/list_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/kind.h"
#include "io/linereader.h"
#include "io/owner.h"
#include "line/answer.h"
#include "match/list_faults.h"

#define LIST_SIZE_MAX (1024 * 1024 * 1024)
#define LIST_LINE_MAX 65535

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
	struct list_faults faults;
};

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
	if (why == NULL)
		return;
	a->to->bad_entries++;
	list_faults_add(&a->faults, a->lines, line, why);
}

static void
end_adding(const struct adding *a)
{
	list_faults_end(&a->faults, a->negated + a->others);
	if (a->faults.most > 0 && a->from->excepts && a->negated > 0 && a->others == 0)
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

/*
 * Adds the lines of a file; also stores them if `keep` is set or the file is a pipe. 0, or an
 * errno.
 */
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
	    .list = domset_list(set, str_of(s->tag)),
	    .faults = { .path = s->path, .most = l->max_warnings } };
	int error = 0;

	if (s->is_kept)
		add_kept_lines(&adding, buf_view(&s->text));
	else
		error = add_file(&adding, s, l->keep);
	if (error == 0 && adding.kind == NULL) {
		end_adding(&adding);
		s->next = adding.negated + adding.others;
		return true;
	}
	log_error("%s: %s", s->path,
	    error != 0 ? strerror(error) : kind_text(adding.kind, NULL));
	buf_free(&s->text);
	s->is_kept = false;
	return false;
}

/* Ends a successful build: reports lists that lost more than half of their entries. */
static void
compare_entries(struct list_files *l)
{
	char now[NUM_GROUPED_STRLEN], before[NUM_GROUPED_STRLEN];

	for (struct list_file *s = l->sources; s < l->sources + l->n; s++) {
		if (2 * s->next < s->entries && l->max_warnings > 0)
			log_warn("%s: %s entries, before %s; is the list complete?", s->path,
			    num_format_grouped(s->next, now),
			    num_format_grouped(s->entries, before));
		s->entries = s->next;
	}
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
	if (good)
		compare_entries(l);
	else
		lists_set_free(new);
	return good;
}
