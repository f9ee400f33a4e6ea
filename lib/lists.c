#include "lists.h"

#include <stdlib.h>

#include "answer.h"
#include "file.h"
#include "hash.h"
#include "log.h"
#include "mem.h"

#define LIST_SIZE_MAX (1024 * 1024 * 1024)

/* The file's name without its folder and last extension. */
static struct str
default_tag(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	return (struct str){ base, dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base) };
}

/* [!][TAG=]FILE: a `/` before the `=` makes it part of a path. */
static void
open_source(struct lists_source *s, const char *word)
{
	struct buf tag = BUF(4096);
	size_t n;

	s->excepts = *word == '!';
	word += s->excepts;
	n = strcspn(word, "=/");
	s->path = word[n] == '=' ? word + n + 1 : word;
	answer_escape(word[n] == '=' ? (struct str){ word, n } : default_tag(word), &tag);
	buf_byte(&tag, '\0');
	if (tag.overflow || tag.len == 1)
		log_die("%s: no tag for this list", word);
	s->tag = tag.data;
	s->text = BUF(LIST_SIZE_MAX);
}

void
lists_open(struct lists *l, char *const words[], size_t n)
{
	l->sources = mem_zero(n, sizeof(*l->sources));
	l->n = n;
	for (size_t i = 0; i < n; i++)
		open_source(&l->sources[i], words[i]);
}

void
lists_close(struct lists *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->sources[i].tag);
		buf_free(&l->sources[i].text);
	}
	free(l->sources);
}

/* Every line of the list goes into the set; one that cannot is named and left out. */
static void
add_lines(struct lists_set *to, const struct lists_source *s)
{
	struct domset *set = s->excepts ? to->exceptions : to->set;
	unsigned list = domset_list(set, str_of(s->tag));
	struct str text = buf_view(&s->text), line;
	struct list_entry entry;
	unsigned long number = 0, negated = 0, others = 0;

	while (str_split(&text, '\n', &line)) {
		const char *why = list_parse(line, &entry);

		number++;
		if (why == NULL && entry.form != LIST_NOTHING) {
			why = domset_add(set, list, &entry);
			negated += why == NULL && entry.negated;
			others += why == NULL && !entry.negated;
		}
		if (why == NULL)
			continue;
		to->bad_entries++;
		log_warn("%s:%lu: %s", s->path, number, why);
	}
	/* An easy slip, by which what was never to be matched would be. */
	if (s->excepts && negated > 0 && others == 0)
		log_warn("%s: excepts nothing, as every entry has a ! of its own", s->path);
}

static bool
read_source(struct lists_source *s, bool keep)
{
	bool seekable;
	int error;

	if (s->is_kept)
		return true;
	error = file_read(s->path, &s->text, &seekable);
	if (error != 0) {
		log_error("%s: %s", s->path, strerror(error));
		buf_free(&s->text);
		return false;
	}
	s->is_kept = keep || !seekable;
	return true;
}

static bool
add_source(struct lists_set *to, struct lists_source *s, bool keep)
{
	if (!read_source(s, keep))
		return false;
	add_lines(to, s);
	if (!s->is_kept)
		buf_free(&s->text);
	return true;
}

bool
lists_build(struct lists *l, struct lists_set *new)
{
	bool good = true;

	*new = (struct lists_set){ domset_new(hash_seed()), domset_new(hash_seed()), 0 };
	for (size_t i = 0; i < l->n; i++)
		good = add_source(new, &l->sources[i], l->keep) && good;
	domset_seal(new->set);
	domset_seal(new->exceptions);
	if (good && domset_entries(new->set) == 0) {
		log_error("the lists have no entry");
		good = false;
	}
	if (!good)
		lists_set_free(new);
	return good;
}

void
lists_set_free(struct lists_set *s)
{
	domset_free(s->set);
	domset_free(s->exceptions);
	*s = (struct lists_set){ 0 };
}

size_t
lists_entries(const struct lists_set *s)
{
	return domset_entries(s->set) + domset_entries(s->exceptions);
}

/* Each exception list decides for itself, as a list does; one is enough. */
static bool
is_excepted(struct domset *exceptions, struct str name, uint32_t rules[])
{
	if (domset_entries(exceptions) == 0)
		return false;
	domset_match(exceptions, name, rules);
	for (unsigned i = 0; i < domset_lists(exceptions); i++)
		if (rules[i] != DOMSET_NO_RULE && !domset_negated(exceptions, rules[i]))
			return true;
	return false;
}

/*
 * Of the names in order, the first that any entry of a list matches decides for it. An exception from outside
 * holds like one of the list's own: for that name and those after it, where the list has not decided before.
 */
void
lists_decide(struct lists_set *s, struct str name, struct str via, uint32_t rules[])
{
	uint32_t exceptions[DOMSET_LISTS_MAX];
	unsigned lists = domset_lists(s->set);

	memset(rules, 0, lists * sizeof(rules[0]));
	memset(exceptions, 0, domset_lists(s->exceptions) * sizeof(exceptions[0]));
	do {
		if (is_excepted(s->exceptions, name, exceptions))
			return;
	} while (domset_match(s->set, name, rules) < lists && str_split(&via, ',', &name));
}

void
lists_describe(const struct lists_set *s, const uint32_t rules[], struct buf *tag, struct buf *rule)
{
	for (unsigned i = 0; i < domset_lists(s->set); i++) {
		if (rules[i] == DOMSET_NO_RULE || domset_negated(s->set, rules[i]))
			continue;
		if (tag->len > 0) {
			buf_byte(tag, ',');
			buf_byte(rule, ',');
		}
		buf_str(tag, domset_tag(s->set, i));
		domset_text(s->set, rules[i], rule);
	}
}
