#include "match/list_test.h"

#include "base/log.h"
#include "io/file.h"
#include "line/answer.h"

#define FILE_SIZE_MAX (256 * 1024 * 1024)

/* Takes the next word off the line. False at its end, or at a comment. */
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

/* Whether each of these tags, parted by `,`, is among those. */
static bool
are_among(struct str these, struct str those)
{
	struct str tag, rest, other;

	while (str_split(&these, ',', &tag)) {
		bool found = false;

		for (rest = those; !found && str_split(&rest, ',', &other);)
			found = str_eq(tag, other);
		if (!found)
			return false;
	}
	return true;
}

/* The tags of a name, or `-`. */
static struct str
tags_of(struct lists_set *s, struct str name)
{
	static struct buf tags = BUF(ANSWER_MAX), texts = BUF(ANSWER_MAX);
	static uint32_t rules[DOMSET_LISTS_MAX];

	buf_cut(&tags, 0);
	buf_cut(&texts, 0);
	lists_decide(s, name, (struct str){ NULL, 0 }, rules);
	lists_describe(s, rules, &tags, &texts);
	return tags.len > 0 ? buf_view(&tags) : STR("-");
}

static bool
are_same_tags(struct str found, struct str expected)
{
	return are_among(expected, found) && are_among(found, expected);
}

/* Takes the expected tags from what follows the name. NULL, or the reason why the line is none. */
static const char *
parse_expectation(struct str name, struct str rest, struct list_entry *e, struct str *expected)
{
	struct str more;

	if (!next_word(&rest, expected) || next_word(&rest, &more))
		return "not a name and its tags, or -";
	return list_question(name, e);
}

static int
check_lines(struct lists_set *s, const char *path, struct str text, FILE *to)
{
	unsigned long number = 0, names = 0, bad = 0;
	struct str line, name, expected, found;
	struct list_entry e;

	while (str_split(&text, '\n', &line)) {
		const char *why;

		number++;
		if (!next_word(&line, &name))
			continue;
		names++;
		why = parse_expectation(name, line, &e, &expected);
		if (why == NULL && (found = tags_of(s, e.name), are_same_tags(found, expected)))
			continue;
		bad++;
		if (why != NULL)
			log_warn("%s:%lu: %s", path, number, why);
		else
			fprintf(to, "%s:%lu: %.*s: %.*s instead of %.*s\n", path, number,
			    (int)e.name.n, e.name.p, (int)found.n, found.p, (int)expected.n,
			    expected.p);
	}
	if (names == 0)
		log_error("%s: no name is in it", path);
	return names == 0 ? 2 : bad > 0;
}

int
list_test_check(struct lists_set *s, const char *path, FILE *to)
{
	struct buf text = BUF(FILE_SIZE_MAX);
	bool seekable;
	int status = 2, error = file_read(path, &text, &seekable);

	if (error != 0)
		log_error("%s: %s", path, strerror(error));
	else
		status = check_lines(s, path, buf_view(&text), to);
	buf_free(&text);
	return status;
}
