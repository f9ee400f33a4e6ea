/*
 * Compares the domain set with the reference (lab/reference.h). The input has lists, each ended by
 * a form feed, then answers, one per line: the names of the question and of via, separated by
 * spaces.
 */
#include "fuzz.h"
#include "lab/reference.h"

/* Prints the difference and aborts. */
static void
expect_agreement(const char *difference)
{
	if (difference != NULL)
		fprintf(stderr, "%s\n", difference);
	FUZZ_ASSERT(difference == NULL);
}

static void
add_lines(struct pair *p, unsigned list, struct str text)
{
	struct str line;

	while (str_split(&text, '\n', &line))
		expect_agreement(pair_add(p, list, line));
}

static void
ask_line(struct pair *p, struct str line)
{
	static char names[REFERENCE_NAMES][NAME_STRLEN];
	struct str answer[REFERENCE_NAMES], word;
	size_t n = 0;

	while (n < REFERENCE_NAMES && str_split(&line, ' ', &word)) {
		answer[n].p = names[n];
		if (name_parse(word, names[n], &answer[n].n) == NULL)
			n++;
	}
	expect_agreement(pair_ask(p, answer, n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, text, line;
	unsigned lists = 0;
	struct pair p;

	for (size_t i = 0; i < size; i++)
		lists += data[i] == '\f';
	if (lists > REFERENCE_LISTS)
		return 0;
	pair_open(&p, 1, lists);
	for (unsigned i = 0; i < lists && str_split(&rest, '\f', &text); i++)
		add_lines(&p, i, text);
	pair_seal(&p);
	while (str_split(&rest, '\n', &line))
		ask_line(&p, line);
	pair_close(&p);
	return 0;
}
