#define _GNU_SOURCE		/* pipe2 */
#include "store/writeback_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

const char *
writeback_job_init(struct writeback_job *j, struct store *store)
{
	*j = (struct writeback_job){ .store = store };
	return pipe2(j->done, O_CLOEXEC | O_NONBLOCK) == 0 ? NULL : strerror(errno);
}

void
writeback_job_clear(struct writeback_job *j)
{
	struct writeback_job empty = { .store = j->store, .done = { j->done[0], j->done[1] } };

	for (size_t i = 0; i < j->writes_n; i++)
		free(j->writes[i].segment);
	free(j->writes);
	free(j->frees.list);
	free(j->read);
	free(j->moved);
	*j = empty;
}

void
writeback_job_free(struct writeback_job *j)
{
	if (j->running)
		pthread_join(j->thread, NULL);
	writeback_job_clear(j);
	close(j->done[0]);
	close(j->done[1]);
}

/* --- In the thread --- */

static const char *
write_segments(struct writeback_job *j)
{
	const char *why = NULL;

	for (size_t i = 0; i < j->writes_n && why == NULL; i++) {
		struct writeback_write *w = &j->writes[i];

		segment_seal(w->segment, w->seq, j->first);
		why = store_write(j->store, w->slot, w->seq, w->segment->data);
	}
	return why;
}

static void
read_segments(struct writeback_job *j)
{
	if (j->reads_n > 0)
		j->read = mem_alloc(j->reads_n * sizeof(*j->read));
	for (size_t i = 0; i < j->reads_n && !j->unreadable; i++)
		j->unreadable = store_read(j->store, j->read_slots[i], j->read[i]) != NULL;
}

static void
save(struct writeback_job *j)
{
	j->why = write_segments(j);
	for (size_t i = 0; i < j->frees.n && j->why == NULL; i++)
		store_free(j->store, j->frees.list[i]);
	if (j->why == NULL && j->commit)
		j->why = store_commit(j->store);
	if (j->why == NULL)
		read_segments(j);
}

static void *
do_job(void *job)
{
	struct writeback_job *j = job;

	j->not_begun = false;
	if (store_is_doubtful(j->store) && (j->why = store_renew(j->store)) != NULL)
		j->not_begun = true;
	else if (j->moved != NULL)
		j->why = store_shrink(j->store, j->moved);
	else
		save(j);
	j->slots = store_slots(j->store);
	j->file_bytes = store_size(j->store);
	while (write(j->done[1], "", 1) < 0 && errno == EINTR)
		;
	return NULL;
}

/* --- In the loop's thread --- */

int
writeback_job_start(struct writeback_job *j)
{
	int error = pthread_create(&j->thread, NULL, do_job, j);

	j->running = error == 0;
	return error;
}

bool
writeback_job_end(struct writeback_job *j)
{
	char byte;

	if (!j->running || read(j->done[0], &byte, 1) != 1)
		return false;
	pthread_join(j->thread, NULL);
	j->running = false;
	return true;
}
