#include "ipcache/control_proto.h"

#define GREETING STR("ipcache 1")	/* the 1 is the version */

static const char *const verbs[] = {
	[VERB_EXPORT] = "export", [VERB_IMPORT] = "import", [VERB_RETAG] = "retag",
	[VERB_DELETE] = "delete", [VERB_STATS] = "stats",
};

static bool
find_verb(struct str word, enum verb *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (str_eq(word, str_of(verbs[i]))) {
			*verb = (enum verb)i;
			return true;
		}
	}
	return false;
}

static bool
read_option(struct control_proto *r, struct str word)
{
	bool export = r->verb == VERB_EXPORT, retag = r->verb == VERB_RETAG;

	if (export && r->since.p == NULL && str_take(&word, STR("since=")))
		r->since = word;
	else if (export && !r->follow && str_eq(word, STR("follow")))
		r->follow = true;
	else if (retag && !r->force && str_eq(word, STR("force")))
		r->force = true;
	else
		return false;
	return true;
}

const char *
control_proto_parse(struct str line, struct control_proto *r)
{
	struct str word;

	if (line.n >= REQUEST_MAX || !str_is_printable(line) || !str_take(&line, GREETING) ||
	    !str_take(&line, STR(" ")))
		return "unknown request; use the same version of ipcache on both sides";
	*r = (struct control_proto){ .follow = false };
	str_split(&line, ' ', &word);
	if (!find_verb(word, &r->verb))
		return "unknown command; use the same version of ipcache on both sides";
	while (str_split(&line, ' ', &word))
		if (!read_option(r, word))
			return "unknown option; use the same version of ipcache on both sides";
	return NULL;
}

void
control_proto_format(const struct control_proto *r, struct buf *out)
{
	buf_str(out, GREETING);
	buf_byte(out, ' ');
	buf_str(out, str_of(verbs[r->verb]));
	if (r->since.p != NULL) {
		buf_str(out, STR(" since="));
		buf_str(out, r->since);
	}
	if (r->follow)
		buf_str(out, STR(" follow"));
	if (r->force)
		buf_str(out, STR(" force"));
	buf_byte(out, '\n');
}
