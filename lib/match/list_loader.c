#include "match/list_loader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

const char *
list_loader_open(struct list_loader *b, struct list_files *l)
{
	*b = (struct list_loader){ .lists = l };
	return pipe(b->done) == 0 ? NULL : strerror(errno);
}

static void *
build_set(void *arg)
{
	struct list_loader *b = arg;

	b->good = list_files_build(b->lists, &b->built);
	while (write(b->done[1], "", 1) < 0 && errno == EINTR)
		;
	return NULL;
}

bool
list_loader_start(struct list_loader *b)
{
	int error = pthread_create(&b->thread, NULL, build_set, b);

	if (error != 0)
		log_error("lists: cannot create a thread: %s", strerror(error));
	b->running = error == 0;
	return b->running;
}

void
list_loader_turn(struct list_loader *b, struct loop *loop)
{
	b->at = loop_add(loop, b->running ? b->done[0] : -1, POLLIN);
}

bool
list_loader_take(struct list_loader *b, const struct loop *loop, struct lists_set *set, bool *good)
{
	char byte;

	if (loop_events(loop, b->at) == 0 || read(b->done[0], &byte, 1) != 1)
		return false;
	pthread_join(b->thread, NULL);
	b->running = false;
	*set = b->built;
	*good = b->good;
	return true;
}
