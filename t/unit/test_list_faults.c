/* The messages, through the standard error of the process. */
#include "match/list_faults.h"

#include <stdio.h>
#include <unistd.h>

#include "unit.h"

static struct list_faults faults;
static char said[4096];
static FILE *to;
static int before;

/* Redirects stderr until `end`. */
static void
begin(uint32_t most)
{
	faults = (struct list_faults){ .path = "x.list", .most = most };
	to = tmpfile();
	ck_assert_ptr_nonnull(to);
	before = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(to), STDERR_FILENO), 0);
}

static void
end(unsigned long good)
{
	size_t n;

	list_faults_end(&faults, good);
	ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
	close(before);
	rewind(to);
	n = fread(said, 1, sizeof(said) - 1, to);
	said[n] = '\0';
	fclose(to);
}

static void
add(unsigned long number, const char *line)
{
	static const char why[] = "not good";

	list_faults_add(&faults, number, str_of(line), why);
}

START_TEST(a_line_is_reported_with_file_number_text_and_reason)
{
	begin(10);
	add(7, "  a,b \r");
	add(8, "");
	end(5);
	ck_assert_str_eq(said, "dnstap-bgp: x.list:7: 'a,b': not good\n"
	    "dnstap-bgp: x.list:8: not good\n");
}
END_TEST

START_TEST(the_text_is_cleaned_and_cut)
{
	char line[200];

	begin(10);
	memset(line, 'x', sizeof(line));
	memcpy(line, "\x1b[2J\xff", 5);
	memcpy(line + 59, "\xc3\xbc", 2);
	line[sizeof(line) - 1] = '\0';
	add(1, line);
	end(5);
	ck_assert_str_eq(said, "dnstap-bgp: x.list:1: '\\027[2J\\255"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...': not good\n");
}
END_TEST

START_TEST(further_lines_of_a_kind_are_counted)
{
	static const char other[] = "of another kind";

	begin(2);
	for (unsigned long i = 1; i <= 50000; i++)
		add(i, "a b");
	for (unsigned long i = 1; i <= 3; i++)
		list_faults_add(&faults, i, STR("c"), other);
	end(60000);
	ck_assert_uint_eq(faults.lines, 50003);
	ck_assert_str_eq(said, "dnstap-bgp: x.list:1: 'a b': not good\n"
	    "dnstap-bgp: x.list:2: 'a b': not good\n"
	    "dnstap-bgp: x.list:1: 'c': of another kind\n"
	    "dnstap-bgp: x.list:2: 'c': of another kind\n"
	    "dnstap-bgp: x.list: 49,998 more lines: not good\n"
	    "dnstap-bgp: x.list: 1 more line: of another kind\n");
}
END_TEST

START_TEST(the_format_is_named)
{
	begin(1);
	add(1, "||a.example^");
	add(2, "192.0.2.0/24");
	add(3, "||b.example^");
	end(2);
	ck_assert_ptr_nonnull(strstr(said,
	    "dnstap-bgp: x.list: looks like AdBlock: dnstap-list adblock x.list\n"));
	begin(1);
	add(1, "192.0.2.0/24");
	end(0);
	ck_assert_ptr_nonnull(strstr(said, ": looks like addresses or prefixes: "
	    "dnstap-list --prefixes cidr x.list\n"));
}
END_TEST

START_TEST(few_malformed_lines_name_only_the_converter)
{
	begin(1);
	add(1, "||a.example^");
	end(100);
	ck_assert_ptr_nonnull(strstr(said, "dnstap-bgp: x.list: the malformed lines look like "
	    "AdBlock; dnstap-list adblock converts them\n"));
}
END_TEST

START_TEST(nothing_is_reported_on_request)
{
	begin(0);
	add(1, "||a.example^");
	end(0);
	ck_assert_uint_eq(faults.lines, 1);
	ck_assert_str_eq(said, "");
}
END_TEST

UNIT_MAIN("list_faults", a_line_is_reported_with_file_number_text_and_reason,
    the_text_is_cleaned_and_cut, further_lines_of_a_kind_are_counted, the_format_is_named,
    few_malformed_lines_name_only_the_converter, nothing_is_reported_on_request)
