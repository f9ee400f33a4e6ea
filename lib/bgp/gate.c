#include "bgp/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void
gate_open(struct gate *g, uint64_t passed)
{
	g->counts = true;
	g->passed = passed;
}

void
gate_close(struct gate *g)
{
	*g = (struct gate){ .steps = g->steps, .cap = g->cap };
}

void
gate_encoded(struct gate *g, uint64_t barrier, uint64_t end)
{
	if (end == g->end) {
		*(g->n > 0 ? &g->steps[g->n - 1].barrier : &g->passed) = barrier;
		return;
	}
	g->end = end;
	g->steps = mem_grow(g->steps, g->n, &g->cap, sizeof(*g->steps));
	g->steps[g->n++] = (struct gate_step){ barrier, end, NEVER };
}

void
gate_turn(struct gate *g, uint64_t bytes, int64_t settle, int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n && g->steps[i].end <= bytes; i++)
		if (g->steps[i].passes_at == NEVER)
			g->steps[i].passes_at = now + settle;
	while (n < g->n && g->steps[n].passes_at <= now)
		g->passed = g->steps[n++].barrier;
	g->n -= n;
	memmove(g->steps, g->steps + n, g->n * sizeof(*g->steps));
}

bool
gate_awaits_ack(const struct gate *g)
{
	return g->n > 0 && g->steps[g->n - 1].passes_at == NEVER;
}

int64_t
gate_deadline(const struct gate *g)
{
	return g->n > 0 ? g->steps[0].passes_at : NEVER;
}

void
gate_free(struct gate *g)
{
	free(g->steps);
	*g = (struct gate){ 0 };
}
