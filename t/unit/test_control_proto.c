#include "ipcache/control_proto.h"

#include "ipcache/serial.h"
#include "unit.h"

static const char *
parse(const char *line, struct control_proto *r)
{
	return control_proto_parse(str_of(line), r);
}

START_TEST(a_formatted_request_parses)
{
	const struct control_proto all[] = {
		{ .verb = VERB_EXPORT, .since = STR("00000000000000ff-7"), .follow = true },
		{ .verb = VERB_EXPORT }, { .verb = VERB_IMPORT }, { .verb = VERB_RETAG },
		{ .verb = VERB_RETAG, .force = true }, { .verb = VERB_DELETE },
		{ .verb = VERB_STATS },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct buf line = BUF(REQUEST_MAX);
		struct control_proto r;

		control_proto_format(&all[i], &line);
		ck_assert(!line.overflow && line.data[line.len - 1] == '\n');
		ck_assert_ptr_null(control_proto_parse((struct str){line.data, line.len - 1}, &r));
		ck_assert(r.verb == all[i].verb && r.follow == all[i].follow &&
		    r.force == all[i].force && str_eq(r.since, all[i].since));
		ck_assert_int_eq(r.since.p != NULL, all[i].since.p != NULL);
		buf_free(&line);
	}
}
END_TEST

START_TEST(a_malformed_request_is_refused)
{
	static const char *wrong[] = {
		"", "ipcache", "ipcache 1", "ipcache 1 ", "ipcache 2 export", "ipcache 1  export",
		"ipcache 1 run", "ipcache 1 exports", "ipcache 1 export ",
		"ipcache 1 export follows", "ipcache 1 import follow", "ipcache 1 delete since=0",
		"GET / HTTP/1.1", "ipcache 1 export\r", "ipcache 1 export follow follow",
		"ipcache 1 export since=1 since=1", "ipcache 1 export since= since=1",
		"ipcache 1 export force", "ipcache 1 retag force force", "ipcache 1 retag follow",
	};
	char longest[REQUEST_MAX + 1] = "ipcache 1 export since=";
	struct control_proto r;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(parse(wrong[i], &r) != NULL, "%s", wrong[i]);
	memset(longest + strlen(longest), 'x', REQUEST_MAX - strlen(longest));
	ck_assert_ptr_nonnull(parse(longest, &r));
	longest[REQUEST_MAX - 1] = '\0';
	ck_assert_ptr_null(parse(longest, &r));
}
END_TEST

START_TEST(a_serial_parses_only_as_it_is_formatted)
{
	static const char *wrong[] = {
		"", "0", "-", "-1", "00000000000000ff", "00000000000000ff-", "00000000000000FF-1",
		"0000000000000000-1", "00000000000000ff-01", "00000000000000ff--1",
		"00000000000000ff-1 ", "0ff-1", "00000000000000ff0-1",
		"00000000000000ff-1234567890123456789",
	};
	struct buf out = BUF(SERIAL_MAX);
	struct serial s;

	serial_format(&(struct serial){ 0xfedcba9876543210, 123456789012345678 }, &out);
	ck_assert(str_eq(buf_view(&out), STR("fedcba9876543210-123456789012345678")));
	ck_assert(serial_parse(buf_view(&out), &s));
	ck_assert(s.run == 0xfedcba9876543210 && s.epoch == 123456789012345678);
	buf_free(&out);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!serial_parse(str_of(wrong[i]), &s), "%s", wrong[i]);
}
END_TEST

UNIT_MAIN("control_proto", a_formatted_request_parses, a_malformed_request_is_refused,
    a_serial_parses_only_as_it_is_formatted)
