/* Reads Frame Streams from a connection, whose other end is `peer`, and from files. */
#include "dnstap/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

#define CONTENT "\0\0\0\1\0\0\0\x16" "protobuf:dnstap.Dnstap"
#define READY "\0\0\0\0\0\0\0\x22\0\0\0\4" CONTENT
#define ACCEPT "\0\0\0\0\0\0\0\x22\0\0\0\1" CONTENT
#define START "\0\0\0\0\0\0\0\x22\0\0\0\2" CONTENT
#define STOP "\0\0\0\0\0\0\0\4\0\0\0\3"
#define FINISH "\0\0\0\0\0\0\0\4\0\0\0\5"

static struct block block;
static struct source source;
static int peer, messages;

static void
catch_messages(void)
{
	int words[2];

	ck_assert_int_eq(pipe(words), 0);
	ck_assert_int_eq(dup2(words[1], STDERR_FILENO), STDERR_FILENO);
	messages = words[0];
	fcntl(messages, F_SETFL, O_NONBLOCK);
}

static bool
has_message(const char *part)
{
	char text[1024];
	ssize_t n = read(messages, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return strstr(text, part) != NULL;
}

static void
connect_peer(void)
{
	int ends[2];

	catch_messages();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	source = source_make(ends[0], "socket", false);
	peer = ends[1];
}

static void
open_file(struct str data)
{
	FILE *f = tmpfile();

	catch_messages();
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data.p, 1, data.n, f), data.n);
	rewind(f);
	source = source_make(dup(fileno(f)), "file", true);
	fclose(f);
}

static void
send_to_source(struct str data)
{
	ck_assert_int_eq(send(peer, data.p, data.n, MSG_NOSIGNAL), (ssize_t)data.n);
}

static bool
peer_has(struct str reply)
{
	char data[256];
	ssize_t n = recv(peer, data, sizeof(data), MSG_DONTWAIT);

	return n >= 0 && str_eq((struct str){ data, (size_t)n }, reply);
}

/* Reads once. Returns the payloads, each with a comma after it. */
static const char *
payloads(void)
{
	static char text[256];
	struct str payload;
	size_t n = 0;

	block_read(&block, &source);
	while (block_next(&block, &payload))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s,", (int)payload.n,
		    payload.p);
	ck_assert_ptr_null(block.from);
	text[n] = '\0';
	return text;
}

START_TEST(a_connection_is_answered_and_closed_after_stop)
{
	int64_t before = clock_wall();

	connect_peer();
	send_to_source(STR(READY));
	ck_assert_str_eq(payloads(), "");
	ck_assert(peer_has(STR(ACCEPT)));
	ck_assert(source.began && !source.told);
	send_to_source(STR(START "\0\0\0\2ab" "\0\0\0\1c"));
	ck_assert_str_eq(payloads(), "ab,c,");
	ck_assert(source.told);
	ck_assert_uint_eq(block.frames, 2);
	ck_assert_int_ge(block.arrival, before);
	ck_assert_int_ge(source.fd, 0);
	send_to_source(STR(STOP));
	ck_assert_str_eq(payloads(), "");
	ck_assert(peer_has(STR(FINISH)));
	ck_assert_int_eq(source.fd, -1);
	ck_assert(!source.failed);
	ck_assert_uint_eq(block.refused, 0);
}
END_TEST

START_TEST(a_connection_without_data_stays_open)
{
	connect_peer();
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_ge(source.fd, 0);
	ck_assert(!source.began);
	source_close(&source);
}
END_TEST

START_TEST(a_frame_in_pieces_is_assembled)
{
	connect_peer();
	send_to_source(STR(START "\0\0\0\4ab"));
	ck_assert_str_eq(payloads(), "");
	send_to_source(STR("cd" "\0\0"));
	ck_assert_str_eq(payloads(), "abcd,");
	ck_assert_uint_eq(block.bytes, sizeof(START "\0\0\0\4abcd" "\0\0") - 1);
	source_close(&source);
}
END_TEST

START_TEST(a_truncated_frame_is_a_fault)
{
	connect_peer();
	send_to_source(STR(START "\0\0\0\4ab"));
	ck_assert_str_eq(payloads(), "");
	close(peer);
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(source.failed);
	ck_assert_uint_eq(block.faults[FRAME_CUT], 1);
	ck_assert_uint_eq(block.refused, 1);
	ck_assert(has_message("socket: connection closed: "));
}
END_TEST

START_TEST(a_truncated_frame_is_no_fault_after_source_stop)
{
	connect_peer();
	send_to_source(STR(START "\0\0\0\4ab"));
	source_stop(&source);
	ck_assert_int_lt(send(peer, "cd", 2, MSG_NOSIGNAL), 0);
	ck_assert_str_eq(payloads(), "");
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(!source.failed);
	ck_assert_uint_eq(block.refused, 0);
}
END_TEST

START_TEST(other_kinds_of_data_are_named)
{
	connect_peer();
	send_to_source(STR("GET / HTTP/1.0\r\n\r\n"));
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(source.failed);
	ck_assert_uint_eq(block.faults[FRAME_NO_START], 1);
	ck_assert(has_message("socket: connection closed: HTTP"));
}
END_TEST

START_TEST(a_file_may_hold_several_streams)
{
	open_file(STR(START "\0\0\0\1a" STOP START "\0\0\0\1b" STOP));
	ck_assert_str_eq(payloads(), "a,b,");
	ck_assert_int_ge(source.fd, 0);
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(!source.failed);
	ck_assert(!has_message(":"));
}
END_TEST

START_TEST(a_truncated_file_is_refused)
{
	open_file(STR(START "\0\0\0\4ab"));
	ck_assert_str_eq(payloads(), "");
	ck_assert_str_eq(payloads(), "");
	ck_assert(source.failed);
	ck_assert(has_message("file: "));
}
END_TEST

START_TEST(an_empty_file_causes_a_warning)
{
	open_file(STR(""));
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(!source.failed);
	ck_assert(has_message("file: empty"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused)
{
	catch_messages();
	source = source_make(open("/", O_RDONLY), "/", true);
	ck_assert_str_eq(payloads(), "");
	ck_assert_int_eq(source.fd, -1);
	ck_assert(source.failed);
	ck_assert_uint_eq(block.refused, 1);
	ck_assert(has_message("/: Is a directory"));
}
END_TEST

UNIT_MAIN("source", a_connection_is_answered_and_closed_after_stop,
    a_connection_without_data_stays_open, a_frame_in_pieces_is_assembled,
    a_truncated_frame_is_a_fault, a_truncated_frame_is_no_fault_after_source_stop,
    other_kinds_of_data_are_named, a_file_may_hold_several_streams, a_truncated_file_is_refused,
    an_empty_file_causes_a_warning, a_file_that_cannot_be_read_is_refused)
