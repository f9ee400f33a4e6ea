#include "ipcache/martians_file.h"

#include "base/log.h"
#include "io/file.h"
#include "ipcache/selector.h"
#include "line/answer.h"

#define FILE_MAX (64 * 1024 * 1024)

const char *
martians_read(struct martians *g, struct str text, bool deny)
{
	static const struct prefix all[] = { { { .family = ADDR_V4 }, 0 },
	    { { .family = ADDR_V6 }, 0 } };
	struct selector target;
	const char *why = NULL;

	if (str_eq(text, STR("any"))) {
		martians_add(g, &all[0], deny);
		martians_add(g, &all[1], deny);
	} else if ((why = selector_parse(text, &target)) == NULL) {
		if (target.prefix.addr.family == ADDR_NONE)
			return "neither an address nor a prefix; write one as in 192.0.2.0/24";
		martians_add(g, &target.prefix, deny);
	}
	return why;
}

void
martians_read_file(struct martians *g, const char *path)
{
	struct buf text = BUF(FILE_MAX);
	struct str rest, line, word;
	bool seekable;
	const char *why;
	int error = file_read(path, &text, &seekable);

	if (error != 0)
		log_die("%s: %s", path, strerror(error));
	rest = buf_view(&text);
	for (unsigned number = 1; str_split(&rest, '\n', &line); number++)
		if (str_split(&line, ' ', &word) && !answer_is_comment(word) &&
		    (why = martians_read(g, word, true)) != NULL)
			log_die("%s:%u: %s", path, number, why);
	buf_free(&text);
}
