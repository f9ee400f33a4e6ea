#include "ipcache/guardfile.h"

#include "line/answer.h"
#include "io/file.h"
#include "base/log.h"
#include "ipcache/target.h"

#define FILE_MAX (64 * 1024 * 1024)

const char *
guard_read(struct guard *g, struct str text, bool deny)
{
	static const struct prefix all[] = { { { .family = ADDR_V4 }, 0 },
	    { { .family = ADDR_V6 }, 0 } };
	struct target target;
	const char *why = NULL;

	if (str_eq(text, STR("any"))) {
		guard_add(g, &all[0], deny);
		guard_add(g, &all[1], deny);
	} else if ((why = target_parse(text, &target)) == NULL) {
		if (target.prefix.addr.family == ADDR_NONE)
			return "neither an address nor a prefix; write one as in 192.0.2.0/24";
		guard_add(g, &target.prefix, deny);
	}
	return why;
}

void
guard_read_file(struct guard *g, const char *path)
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
		    (why = guard_read(g, word, true)) != NULL)
			log_die("%s:%u: %s", path, number, why);
	buf_free(&text);
}
