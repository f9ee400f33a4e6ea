/*
 * Commands, with the input of a control socket: a request, then lines. For every input, the last
 * line of the reply is a status, each step appends a bounded amount, and all exported lines are
 * valid.
 */
#include "ipcache/command.h"

#include "base/clock.h"
#include "fuzz.h"

#define NOW (INT64_C(1795392065) * SECOND)

static void
no_route(const struct route *r)
{
	(void)r;
}

static void
no_pair(const struct answer *a, uint32_t place, enum cache_end why)
{
	(void)a;
	(void)place;
	(void)why;
}

static struct cache *
some_cache(void)
{
	static const char *lines[] = {
		"1795392000.000000 192.0.2.1 60 a.example tag=p rule=a.example",
		"1795392000.000000 192.0.2.2 60 b.example via=c.example tag=q rule=c.example",
		"1795392000.000000 2001:db8::1 60 a.example",
	};
	struct life life;
	struct cache *cache;
	struct answer a;

	FUZZ_ASSERT(life_parse(STR(LIFE_DEFAULT), &life) == NULL);
	cache = cache_new(1, &life, no_route, no_pair);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		FUZZ_ASSERT(answer_parse(str_of(lines[i]), &a) == NULL);
		cache_merge(cache, &a, cache_key(cache, &a), NOW);
	}
	return cache;
}

/* Checks that `out` has only whole lines of a reply. Returns the number of status lines. */
static int
check_reply(struct buf *out)
{
	struct str rest = buf_view(out), line, text;
	int statuses = 0, status;
	struct answer a;

	FUZZ_ASSERT(!out->overflow && (rest.n == 0 || rest.p[rest.n - 1] == '\n'));
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		FUZZ_ASSERT(statuses == 0 && str_is_printable(line));
		if (control_reply_parse(line, &text, &status) == CONTROL_REPLY_STATUS)
			statuses++;
		else if (line.n > 4 && memcmp(line.p, "1795", 4) == 0)
			FUZZ_ASSERT(answer_parse(line, &a) == NULL);
	}
	buf_cut(out, 0);
	return statuses;
}

static void
pass_lines(struct command *c, struct str rest, struct buf *out)
{
	struct str line;
	uint64_t number = 0;

	while (c->state == COMMAND_TAKES && rest.n > 0 && str_split(&rest, '\n', &line)) {
		if (line.n < ANSWER_MAX)
			command_line(c, line, ++number, NOW, out);
		else
			command_bad_line(c, ++number, "line too long", out);
		FUZZ_ASSERT(check_reply(out) == (c->state == COMMAND_DONE));
	}
	if (c->state != COMMAND_TAKES)
		return;
	command_end(c, out);
	FUZZ_ASSERT(check_reply(out) == (c->state == COMMAND_DONE));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, line;
	struct buf out = BUF(COMMAND_STEP_MAX);
	struct command_host host = { .cache = some_cache(), .run = 7, .life = LIFE_DEFAULT };
	struct control_proto r;
	struct command c;

	str_split(&rest, '\n', &line);
	if (control_proto_parse(line, &r) == NULL) {
		command_open(&c, &host, &r, &out);
		pass_lines(&c, rest, &out);
		while (command_due(&c) <= SECOND) {
			command_step(&c, SECOND, &out);
			FUZZ_ASSERT(check_reply(&out) == (c.state == COMMAND_DONE));
		}
		FUZZ_ASSERT(c.state == COMMAND_DONE || (r.follow && c.state == COMMAND_FOLLOWS));
		command_close(&c);
	}
	cache_free(host.cache);
	buf_free(&out);
	return 0;
}
