#include "cache/life.h"

#include "base/clock.h"
#include "base/num.h"

#define FACTOR_MAX 100

static const char *
read_span(struct str text, int64_t least, int64_t *span)
{
	const char *why = clock_span_parse(text, span);

	if (why == NULL && *span < least)
		why = "must be greater than zero";
	return why;
}

static const char *
read_word(struct str word, struct life *life, unsigned *seen)
{
	static const struct str names[] = { STR("floor"), STR("grace"), STR("cap"), STR("factor") };
	int64_t *const spans[] = { &life->floor, &life->grace, &life->cap };
	struct str value = word, name;
	unsigned i = 0;

	str_split(&value, '=', &name);
	while (i < sizeof(names) / sizeof(names[0]) && !str_eq(name, names[i]))
		i++;
	if (i == sizeof(names) / sizeof(names[0]))
		return "unknown key; ttl takes floor=, grace=, factor= and cap=";
	if (*seen & 1U << i)
		return "a key is given twice";
	*seen |= 1U << i;
	if (i < sizeof(spans) / sizeof(spans[0]))
		return read_span(value, spans[i] != &life->grace, spans[i]);
	return num_parse(value, FACTOR_MAX, &life->factor) && life->factor > 0 ? NULL :
	    "factor is not a number from 1 to 100";
}

const char *
life_parse(struct str text, struct life *life)
{
	struct str rest = text, word = { NULL, 0 };
	unsigned seen = 0;
	const char *why = NULL;

	if (text.n > LIFE_TEXT_MAX)
		return "too long";
	*life = (struct life){
		.floor = 3600 * SECOND, .grace = 900 * SECOND, .factor = 1, .cap = 86400 * SECOND,
	};
	str_split(&rest, ',', &word);
	if (!str_eq(word, STR("ttl")))
		return read_span(text, 1, &life->fixed);
	while (why == NULL && str_split(&rest, ',', &word))
		why = read_word(word, life, &seen);
	if (why == NULL && life->floor > life->cap)
		why = "floor must not be longer than cap";
	return why;
}

int64_t
life_of(const struct life *life, uint32_t ttl)
{
	int64_t t;

	if (life->fixed > 0)
		return life->fixed;
	t = (int64_t)ttl * life->factor * SECOND + life->grace;
	return t < life->floor ? life->floor : t > life->cap ? life->cap : t;
}
