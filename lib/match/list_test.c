#include "match/list_test.h"

/* Removes the next word from the line. False at the end of the line and at a comment. */
static bool
next_word(struct str *line, struct str *word)
{
	size_t at = 0, end;

	while (at < line->n && strchr(" \t\r", line->p[at]) != NULL)
		at++;
	for (end = at; end < line->n && strchr(" \t\r", line->p[end]) == NULL;)
		end++;
	*word = (struct str){ line->p + at, end - at };
	*line = (struct str){ line->p + end, line->n - end };
	return word->n > 0 && word->p[0] != '#';
}

/* Whether `tags` has each tag of `some`. */
static bool
has_tags(struct str tags, struct str some)
{
	struct str tag, rest, other;

	while (str_split(&some, ',', &tag)) {
		bool found = false;

		for (rest = tags; !found && str_split(&rest, ',', &other);)
			found = str_eq(tag, other);
		if (!found)
			return false;
	}
	return true;
}

static const char *
parse_expectation(struct list_test *t, struct str rest)
{
	struct str more;
	const char *why;

	if (!next_word(&rest, &t->expected) || next_word(&rest, &more))
		return "expected NAME TAGS or NAME -";
	why = list_question(t->name, &t->entry);
	t->name = t->entry.name;
	return why;
}

void
list_test_open(struct list_test *t, struct lists_set *set, struct str text)
{
	*t = (struct list_test){ .set = set, .rest = text };
}

bool
list_test_next_failure(struct list_test *t, const char **why)
{
	struct str line;

	while (str_split(&t->rest, '\n', &line)) {
		t->line++;
		if (!next_word(&line, &t->name))
			continue;
		t->names++;
		if ((*why = parse_expectation(t, line)) != NULL)
			return true;
		lists_decide(t->set, t->name, LISTS_NO_VIA);
		t->found = t->set->tag.len > 0 ? buf_view(&t->set->tag) : STR("-");
		if (!has_tags(t->found, t->expected) || !has_tags(t->expected, t->found))
			return true;
	}
	return false;
}
