/*
 * The list grammar: an accepted entry has a canonical name. If it is the only entry of its list, it
 * matches this name, unless its form is `*.NAME`.
 */
#include "fuzz.h"
#include "match/domset.h"

static void
check_decides(struct domset *set, const struct list_entry *e)
{
	uint32_t rule = DOMSET_NO_RULE;
	struct buf text = BUF(65536 * 4);

	FUZZ_ASSERT(name_is_canonical(e->name));
	domset_match(set, e->name, &rule);
	FUZZ_ASSERT((rule != DOMSET_NO_RULE) == (e->form != LIST_BELOW));
	if (rule != DOMSET_NO_RULE) {
		FUZZ_ASSERT(domset_negated(set, rule) == e->negated);
		domset_text(set, rule, &text);
		FUZZ_ASSERT(!text.overflow && str_is_printable(buf_view(&text)));
		buf_free(&text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, line;
	struct domset *all = domset_new(2);
	unsigned list = domset_list(all, STR("all"));
	uint32_t rule = DOMSET_NO_RULE;

	while (str_split(&rest, '\n', &line)) {
		struct list_entry e;

		if (list_parse(line, &e) != NULL || e.form == LIST_NOTHING)
			continue;
		FUZZ_ASSERT(e.text.p >= line.p && e.text.p + e.text.n <= line.p + line.n);
		if (domset_add(all, list, &e) == NULL && e.form != LIST_REGEX) {
			struct domset *one = domset_new(1);

			FUZZ_ASSERT(domset_add(one, domset_list(one, STR("one")), &e) == NULL);
			domset_seal(one);
			check_decides(one, &e);
			domset_free(one);
		}
	}
	domset_seal(all);
	domset_match(all, STR("www.example.org"), &rule);
	domset_free(all);
	return 0;
}
