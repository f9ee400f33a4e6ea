#include "io/kind.h"

#include "unit.h"

#define UUID "0123456789abcdef"

static const struct {
	const char *begins;
	struct str bytes;
} known[] = {
	{ "compressed with gzip; ", STR("\x1f\x8b\x08\0") },
	{ "compressed with bzip2; ", STR("BZh9\x31\x41\x59\x26\x53\x59") },
	{ "compressed with xz; ", STR("\xfd" "7zXZ\0") },
	{ "compressed with zstd; ", STR("\x28\xb5\x2f\xfd\x24") },
	{ "pcap: ", STR("\xd4\xc3\xb2\xa1\x02\0\x04\0") },
	{ "pcap: ", STR("\xa1\xb2\xc3\xd4\0\x02\0\x04") },
	{ "pcap: ", STR("\x4d\x3c\xb2\xa1") },
	{ "pcap: ", STR("\xa1\xb2\x3c\x4d") },
	{ "pcapng: ", STR("\x0a\x0d\x0d\x0a\x1c\0\0\0") },
	{ "a dnstap stream; ", STR("\0\0\0\0\0\0\0\x22\0\0\0\x02") },
	{ "TLS; ", STR("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03") },
	{ "PowerDNS protobuf, ", STR("\0\x7d\x08\x01\x12\x10" UUID) },
	{ "PowerDNS protobuf, ", STR("\x01\x7d\x08\x02\x48\x9c\xa9\xb2\xd8\x06") },
	{ "HTTP; ", STR("GET / HTTP/1.1\r\n") },
	{ "UTF-16; ", STR("\xff\xfeo\0n\0") },
	{ "UTF-16; ", STR("\xfe\xff\0o\0n") },
	{ "output of BIND's dnstap-read; ", STR("type: MESSAGE\nidentity: lab\n") },
	{ "output of BIND's dnstap-read; ",
	    STR("23-Nov-2026 02:00:49.206 CQ 192.0.2.7:57580 -> 192.0.2.53:53 UDP 56b") },
};

START_TEST(known_kinds_are_named)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct kind *k = kind_of(known[i].bytes);

		ck_assert_msg(k != NULL, "%s", known[i].begins);
		ck_assert_msg(strncmp(kind_text(k, NULL), known[i].begins,
		    strlen(known[i].begins)) == 0, "%s: %s", known[i].begins, kind_text(k, NULL));
	}
}
END_TEST

/* A signature without its last byte, or with a changed byte, is not recognized. */
START_TEST(an_incomplete_signature_is_unknown)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct str one = { known[i].bytes.p, 1 };

		ck_assert_ptr_null(kind_of(one));
	}
	ck_assert_ptr_null(kind_of(STR("")));
	ck_assert_ptr_null(kind_of(STR("\0\x7d\x08\x09\x12\x10" UUID)));
	ck_assert_ptr_null(kind_of(STR("23-Nov-2026 02:00:49.206")));
	ck_assert_ptr_null(kind_of(STR("23-NOV-2026 02:00:49.206 CQ x")));
}
END_TEST

/* Input that the programs accept is not recognized as another kind. */
START_TEST(valid_input_is_unknown)
{
	ck_assert_ptr_null(kind_of(STR("1795392065.718461 192.0.2.1 20 www.example.org")));
	ck_assert_ptr_null(kind_of(STR("announce 192.0.2.1/32 tag=a")));
	ck_assert_ptr_null(kind_of(STR("\xef\xbb\xbf" "example.org")));
	ck_assert_ptr_null(kind_of(STR("bzh91ay.example.org")));
}
END_TEST

START_TEST(plain_text_is_recognized_instead_of_binary)
{
	const struct kind *k = kind_of_binary(STR("1795392065.718461 192.0.2.1 20 x\n"));

	ck_assert_ptr_nonnull(k);
	ck_assert_str_eq(kind_text(k, NULL), "text, not dnstap; pass answer lines to dnstap-match");
	ck_assert_ptr_null(kind_of_binary(STR("\x01\x02\x03\x04")));
	ck_assert_ptr_null(kind_of_binary(STR("text\0with a NUL")));
	ck_assert_ptr_null(kind_of_binary(STR("")));
	ck_assert_str_eq(kind_of_binary(STR("\x1f\x8b"))->name, "gzip");
}
END_TEST

START_TEST(the_reader_of_the_unpacked_data_is_named)
{
	const struct kind *k = kind_of(STR("\x1f\x8b\x08\0"));

	ck_assert_str_eq(kind_text(k, "dnstap-read"),
	    "compressed with gzip; use zcat FILE | dnstap-read");
	ck_assert_str_eq(kind_text(k, NULL), "compressed with gzip; unpack it with zcat");
}
END_TEST

UNIT_MAIN("kind", known_kinds_are_named, an_incomplete_signature_is_unknown, valid_input_is_unknown,
    plain_text_is_recognized_instead_of_binary, the_reader_of_the_unpacked_data_is_named)
