#include "ipcache/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control.h"
#include "unit.h"

static const struct life life = { .fixed = 1000000 * SECOND };
static char folder[] = "/tmp/test_db.XXXXXX";
static struct db db;
static size_t routes;

static void
count_route(const struct route *r)
{
	(void)r;
	routes++;
}

/* Each test is a process and has its own folder. */
static void
enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
clean_folder(void)
{
	const char *const names[] = { "db", "link", "db.damaged", "db.sock" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* Claims, opens and loads the DB. Returns NULL, or the reason of the first failure. */
static const char *
load_with(enum store_mode mode, const struct cache_limits *limits)
{
	int run_fd;
	const char *why = db_claim(&db, "db", mode, &run_fd);

	if (why == NULL)
		why = db_open(&db);
	if (why == NULL)
		why = db_load(&db, &life, count_route, NULL, limits, SECOND);
	return why;
}

static void
load_or_fail(enum store_mode mode)
{
	const char *why = load_with(mode, &(struct cache_limits){ 0 });

	if (why != NULL)
		ck_abort_msg("%s", why);
}

static void
add_pair(const char *address)
{
	char line[100];
	struct answer a;

	snprintf(line, sizeof(line), "%lld.000000 %s 60 a.example",
	    (long long)(clock_wall() / SECOND), address);
	ck_assert_ptr_null(answer_parse(str_of(line), &a));
	ck_assert_int_eq(cache_merge(db.cache, &a, cache_key(db.cache, &a), clock_wall()),
	    CACHE_NEW);
}

static void
save_pairs(int n)
{
	load_or_fail(STORE_CREATE);
	for (int i = 0; i < n; i++) {
		char address[20];

		snprintf(address, sizeof(address), "11.0.0.%d", i);
		add_pair(address);
	}
	ck_assert_ptr_null(writeback_finish(db.writeback));
	db_close(&db);
}

START_TEST(pairs_that_were_saved_are_loaded)
{
	enter_folder();
	save_pairs(3);
	routes = 0;
	load_or_fail(STORE_READ);
	ck_assert_uint_eq(cache_pairs(db.cache), 3);
	cache_replay(db.cache);
	ck_assert_uint_eq(routes, 3);
	db_close(&db);
	ck_assert_ptr_null(db.cache);
	clean_folder();
}
END_TEST

START_TEST(denied_pairs_are_not_loaded)
{
	struct martians guard = { .seed = 1 };
	struct prefix denied;
	int run_fd;

	enter_folder();
	save_pairs(3);
	ck_assert_ptr_null(prefix_parse(STR("11.0.0.0/31"), &denied));
	martians_add(&guard, &denied, true);
	ck_assert_ptr_null(db_claim(&db, "db", STORE_READ, &run_fd));
	ck_assert_ptr_null(db_open(&db));
	ck_assert_ptr_null(db_load(&db, &life, count_route, &guard, &(struct cache_limits){ 0 },
	    SECOND));
	ck_assert_uint_eq(cache_pairs(db.cache), 1);
	db_close(&db);
	martians_free(&guard);
	clean_folder();
}
END_TEST

START_TEST(pairs_beyond_a_limit_are_evicted_and_counted)
{
	enter_folder();
	save_pairs(5);
	ck_assert_ptr_null(load_with(STORE_WRITE, &(struct cache_limits){ .pairs = 2 }));
	ck_assert_uint_eq(cache_pairs(db.cache), 2);
	ck_assert_uint_eq(db.evicted, 3);
	db_close(&db);
	clean_folder();
}
END_TEST

START_TEST(a_missing_db_is_created_only_where_the_mode_says_so)
{
	enter_folder();
	ck_assert_ptr_nonnull(load_with(STORE_READ, &(struct cache_limits){ 0 }));
	ck_assert_ptr_nonnull(load_with(STORE_WRITE, &(struct cache_limits){ 0 }));
	ck_assert_int_ne(access("db", F_OK), 0);
	load_or_fail(STORE_CREATE);
	db_close(&db);
	ck_assert_int_eq(access("db", F_OK), 0);
	clean_folder();
}
END_TEST

START_TEST(the_reason_of_a_damaged_db_names_the_repair)
{
	const char *why;

	enter_folder();
	write_file("db", "no database");
	why = load_with(STORE_WRITE, &(struct cache_limits){ 0 });
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "ipcache check -r"));
	ck_assert_ptr_null(db.store);
	clean_folder();
}
END_TEST

/* A crash can leave a file of zeros, whose pages were allocated but not written. */
START_TEST(a_run_replaces_a_damaged_db_and_keeps_the_old_file)
{
	enter_folder();
	write_file("db", "");
	ck_assert_int_eq(truncate("db", 8192), 0);
	ck_assert_ptr_null(db_claim_for_run(&db, "db"));
	ck_assert_ptr_null(db_open(&db));
	ck_assert(!db.salvages);
	ck_assert_ptr_null(db_load(&db, &life, count_route, NULL, &(struct cache_limits){ 0 },
	    SECOND));
	ck_assert_uint_eq(cache_pairs(db.cache), 0);
	ck_assert_int_eq(access("db.damaged", F_OK), 0);
	db_close(&db);
	clean_folder();
}
END_TEST

START_TEST(a_run_does_not_replace_a_file_of_text)
{
	const char *why;

	enter_folder();
	write_file("db", "perhaps the file of another program");
	ck_assert_ptr_null(db_claim_for_run(&db, "db"));
	why = db_open(&db);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "not repaired: "));
	ck_assert_int_ne(access("db.damaged", F_OK), 0);
	clean_folder();
}
END_TEST

START_TEST(a_claim_connects_to_the_run_that_listens)
{
	static const struct service service;
	struct control control;
	int run_fd;

	enter_folder();
	ck_assert_ptr_null(control_open(&control, "db.sock", &service));
	ck_assert_ptr_null(db_claim(&db, "db", STORE_WRITE, &run_fd));
	ck_assert_int_ge(run_fd, 0);
	close(run_fd);
	ck_assert_str_eq(db_claim_for_run(&db, "db"), "in use by another ipcache run");
	ck_assert_int_ne(access("db", F_OK), 0);
	control_close(&control);
	clean_folder();
}
END_TEST

START_TEST(the_path_of_a_link_is_that_of_its_target)
{
	char real[200];

	enter_folder();
	ck_assert_str_eq(db_real_path("db"), "db");
	ck_assert_int_eq(symlink("db", "link"), 0);
	ck_assert_str_eq(db_real_path("link"), "db");
	snprintf(real, sizeof(real), "%s/link", folder);
	ck_assert_ptr_nonnull(strstr(db_real_path(real), "/db"));
	write_file("db", "");
	ck_assert_ptr_nonnull(strstr(db_real_path("link"), "/db"));
	clean_folder();
}
END_TEST

START_TEST(a_path_is_refused_when_no_db_can_be_created_there)
{
	enter_folder();
	ck_assert_ptr_null(db_check_path("db"));
	ck_assert_ptr_nonnull(db_check_path("none/db"));
	ck_assert_ptr_null(db_check_path("db"));
	ck_assert_int_ne(access("db", F_OK), 0);
	clean_folder();
}
END_TEST

START_TEST(check_returns_one_for_damage_and_zero_after_a_repair)
{
	int fd;

	enter_folder();
	ck_assert_int_eq(db_check("db", false), 1);
	save_pairs(3);
	ck_assert_int_eq(db_check("db", false), 0);
	fd = open("db", O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "damage", 6, 0), 6);
	close(fd);
	ck_assert_int_eq(db_check("db", false), 1);
	ck_assert_int_eq(db_check("db", true), 0);
	ck_assert_int_eq(db_check("db", false), 0);
	write_file("db", "no database");
	ck_assert_int_eq(db_check("db", true), 2);
	clean_folder();
}
END_TEST

UNIT_MAIN("db", pairs_that_were_saved_are_loaded, denied_pairs_are_not_loaded,
    pairs_beyond_a_limit_are_evicted_and_counted,
    a_missing_db_is_created_only_where_the_mode_says_so,
    the_reason_of_a_damaged_db_names_the_repair, a_run_replaces_a_damaged_db_and_keeps_the_old_file,
    a_run_does_not_replace_a_file_of_text, a_claim_connects_to_the_run_that_listens,
    the_path_of_a_link_is_that_of_its_target, a_path_is_refused_when_no_db_can_be_created_there,
    check_returns_one_for_damage_and_zero_after_a_repair)
