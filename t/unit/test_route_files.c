/* Reads files of routes from a temporary directory. */
#include "bgp/route_files.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char directory[] = "/tmp/dnstap-bgp-unit.XXXXXX", first[64], second[64], messages[64];
static struct update_local us;
static struct policy policy;
static struct ribout *rib;
static struct originate o;
static struct route_files files;
static char logged[16 * 1024], refused[1024];

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* Notes the place of the line that is being read. */
static void
note_refused(void *owner, const struct prefix *p, const char *why)
{
	const struct route_files *f = owner;
	char text[PREFIX_STRLEN];

	prefix_format(p, text);
	snprintf(refused + strlen(refused), sizeof(refused) - strlen(refused), "%s:%d: %s: %s\n",
	    strrchr(f->path, '/') + 1, (int)f->line, text, why);
}

/* Opens with the next hop 192.0.2.9 and two files. */
static void
begin(const char *one, const char *two)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(first, sizeof(first), "%s/first", directory);
	snprintf(second, sizeof(second), "%s/second", directory);
	snprintf(messages, sizeof(messages), "%s/messages", directory);
	write_file(first, one);
	write_file(second, two);
	ck_assert_ptr_nonnull(freopen(messages, "w", stderr));
	us = (struct update_local){ .open = { .as = 65000, .families = 3 }, .sets = &policy.sets };
	ck_assert(addr_parse(STR("192.0.2.9"), &us.next_hop[BGP_IPV4]));
	policy_open(&policy, ANY_SEED);
	rib = ribout_new(ANY_SEED);
	originate_open(&o, &us, &policy, rib);
	o.on_refused = note_refused;
	o.owner = &files;
	originate_protect(&o, (struct addrset){ 0 });
	ck_assert_ptr_null(route_files_add(&files, first));
	ck_assert_ptr_null(route_files_add(&files, second));
}

static void
end(void)
{
	route_files_free(&files);
	ribout_free(rib);
	originate_free(&o);
	policy_free(&policy);
	unlink(first);
	unlink(second);
	unlink(messages);
	rmdir(directory);
}

/* The messages so far. */
static const char *
log_text(void)
{
	FILE *f = fopen(messages, "r");
	size_t n;

	fflush(stderr);
	n = fread(logged, 1, sizeof(logged) - 1, f);
	logged[n] = '\0';
	fclose(f);
	return logged;
}

static bool
has_route(const char *text)
{
	struct prefix p;

	ck_assert_ptr_null(prefix_parse(str_of(text), &p));
	return ribout_has(rib, &p);
}

START_TEST(files_are_read_and_read_again)
{
	begin("# comment\n\nannounce 10.1.0.0/16\nannounce 10.2.0.0/16 med=7",
	    "announce 10.3.0.0/16 tag=a name=x.example\n");
	ck_assert(route_files_read(&files, &o));
	ck_assert(has_route("10.1.0.0/16") && has_route("10.2.0.0/16") && has_route("10.3.0.0/16"));
	write_file(first, "announce 10.2.0.0/16\nannounce 10.4.0.0/16\n");
	write_file(second, "");
	ck_assert(route_files_read(&files, &o));
	ck_assert_uint_eq(o.files.n, 2);
	ck_assert(!has_route("10.1.0.0/16") && has_route("10.2.0.0/16"));
	ck_assert(has_route("10.4.0.0/16"));
	ck_assert_str_eq(log_text(), "");
	end();
}
END_TEST

START_TEST(a_bad_file_retains_its_routes)
{
	begin("announce 10.1.0.0/16\n", "announce 10.3.0.0/16\n");
	ck_assert(route_files_read(&files, &o));
	write_file(first, "announce 10.2.0.0/16\nannounce 10.1.0.0/33\nwithdraw 10.1.0.0/16\n");
	write_file(second, "announce 10.4.0.0/16\n");
	ck_assert(!route_files_read(&files, &o));
	ck_assert(has_route("10.1.0.0/16") && !has_route("10.2.0.0/16"));
	ck_assert(has_route("10.4.0.0/16") && !has_route("10.3.0.0/16"));
	ck_assert_uint_eq(route_files_old(&files), 1);
	ck_assert_ptr_nonnull(strstr(log_text(), "first:2: "));
	ck_assert_ptr_nonnull(strstr(log_text(), "first:3: not an announce line; "));
	unlink(first);
	ck_assert(!route_files_read(&files, &o));
	ck_assert_ptr_nonnull(strstr(log_text(), "first: No such file or directory"));
	ck_assert_int_eq(mkfifo(first, 0600), 0);
	ck_assert(!route_files_read(&files, &o));
	ck_assert_ptr_nonnull(strstr(log_text(), "first: not a regular file"));
	ck_assert(has_route("10.1.0.0/16"));
	unlink(first);
	write_file(first, "announce 10.5.0.0/16\n");
	ck_assert(route_files_read(&files, &o));
	ck_assert(!has_route("10.1.0.0/16") && has_route("10.5.0.0/16"));
	ck_assert_uint_eq(route_files_old(&files), 0);
	end();
}
END_TEST

START_TEST(ten_bad_lines_of_a_file_are_reported)
{
	char text[1024] = "";

	for (int i = 0; i < 25; i++)
		strcat(text, "10.0.0.0/8\n");
	begin(text, "\x1f\x8b\x08\n");
	ck_assert(!route_files_read(&files, &o));
	ck_assert_ptr_nonnull(strstr(log_text(), "first:10: "));
	ck_assert_ptr_null(strstr(log_text(), "first:11: "));
	ck_assert_ptr_nonnull(strstr(log_text(), "first: 15 more bad lines"));
	ck_assert_ptr_nonnull(strstr(log_text(), "second: compressed with gzip"));
	ck_assert_ptr_null(strstr(log_text(), "second:1: "));
	end();
}
END_TEST

START_TEST(a_refused_route_has_its_place)
{
	begin("announce 10.1.0.0/16\n", "\nannounce 192.0.2.0/24\n");
	ck_assert(route_files_read(&files, &o));
	ck_assert_ptr_nonnull(strstr(refused,
	    "second:2: 192.0.2.0/24: the prefix contains a next hop"));
	ck_assert(has_route("10.1.0.0/16") && !has_route("192.0.2.0/24"));
	end();
}
END_TEST

START_TEST(a_check_changes_no_route)
{
	begin("announce 10.1.0.0/16\nannounce 192.0.2.0/24\n", "announce 10.3.0.0/16 med=1\n");
	ck_assert(route_files_check(&files, &o));
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4), 0);
	write_file(second, "announce 10.3.0.0/16 med=x\n");
	ck_assert(!route_files_check(&files, &o));
	ck_assert_ptr_nonnull(strstr(log_text(), "second:1: "));
	ck_assert_str_eq(refused, "");
	end();
}
END_TEST

START_TEST(routes_over_the_limit_are_counted)
{
	begin("announce 10.1.0.0/16\nannounce 10.2.0.0/16\nannounce 10.3.0.0/16\n", "");
	o.max_routes = 2;
	ck_assert(route_files_read(&files, &o));
	ck_assert_uint_eq(ribout_routes(rib, BGP_IPV4), 2);
	ck_assert_ptr_nonnull(strstr(log_text(),
	    "limit of --max-routes reached: 1 routes of files refused"));
	end();
}
END_TEST

UNIT_MAIN("route_files", files_are_read_and_read_again, a_bad_file_retains_its_routes,
    ten_bad_lines_of_a_file_are_reported, a_refused_route_has_its_place, a_check_changes_no_route,
    routes_over_the_limit_are_counted)
