#include "io/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define INTERVAL (10 * SECOND)

const char *
stats_keep(struct stats *s, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return "not a regular file; without --stats, SIGUSR1 prints counters on stderr";
	s->path = path;
	return NULL;
}

void
stats_line(FILE *to, const char *what, const struct stats_counter *counters, size_t n)
{
	fprintf(to, "%s: stats", log_program());
	if (what != NULL)
		fprintf(to, " %s", what);
	for (size_t i = 0; i < n; i++)
		fprintf(to, " %s=%llu", counters[i].key, (unsigned long long)counters[i].value);
	fputc('\n', to);
}

/* Removes an existing file, link or FIFO first: no other process has the new file open. */
static FILE *
create_anew(const char *path)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* Writes a new file and renames it, so that a reader never sees a partial file. */
static void
replace_file(const struct stats *s)
{
	char beside[4096];
	FILE *f;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", s->path) >= sizeof(beside))
		return;
	f = create_anew(beside);
	if (f == NULL) {
		log_warn("%s: %s", beside, strerror(errno));
		return;
	}
	s->print(f);
	if (fclose(f) != 0 || rename(beside, s->path) != 0) {
		log_warn("%s: %s", s->path, strerror(errno));
		unlink(beside);
	}
}

void
stats_turn(struct stats *s, struct loop *loop)
{
	bool asked = loop_signalled(SIGUSR1);

	if (s->path == NULL) {
		if (asked)
			s->print(stderr);
		return;
	}
	if (asked || clock_mono() >= s->next) {
		replace_file(s);
		s->next = clock_mono() + INTERVAL;
	}
	loop_wake(loop, s->next);
}

void
stats_close(struct stats *s)
{
	if (s->path != NULL)
		replace_file(s);
}
