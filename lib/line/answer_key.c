#include "line/answer_key.h"

#include "line/keyval.h"

const struct str answer_key_names[ANSWER_KEYS] = {
	[ANSWER_VIA] = STR("via"),
	[ANSWER_CLIENT] = STR("client"),
	[ANSWER_TYPE] = STR("type"),
	[ANSWER_TAP] = STR("tap"),
	[ANSWER_SERVER] = STR("server"),
	[ANSWER_TAG] = STR("tag"),
	[ANSWER_RULE] = STR("rule"),
	[ANSWER_FIRST] = STR("first"),
};

enum answer_key
answer_key_of(struct str name)
{
	enum answer_key key = 0;

	while (key < ANSWER_KEYS && !str_eq(name, answer_key_names[key]))
		key++;
	return key;
}

void
answer_key_begin(struct buf *out, enum answer_key key)
{
	buf_byte(out, ' ');
	buf_str(out, answer_key_names[key]);
	buf_byte(out, '=');
}

void
answer_key_put(struct buf *out, enum answer_key key, struct str value)
{
	keyval_put(out, answer_key_names[key], value);
}
