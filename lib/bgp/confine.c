#include "bgp/confine.h"

#include "io/sandbox.h"

/* The files of --stats and --control. */
static void
allow_own_files(struct sandbox *sandbox, const struct speaker *s)
{
	sandbox_allow(sandbox, s->stats.path, SANDBOX_REPLACE);
	sandbox_allow(sandbox, s->control_path, SANDBOX_REMOVE);
}

void
confine_reading(const struct speaker *s, bool dry_run)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, dry_run ? SANDBOX_NARROWS : SANDBOX_NARROWS | SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, "/", SANDBOX_READ);
	allow_own_files(&sandbox, s);
	sandbox_enter(&sandbox);
}

static void
allow_peer(struct sandbox *sandbox, bool *ports, const struct peer_config *p)
{
	ports[p->port] = true;
	if (p->password_file[0] != '\0')
		sandbox_allow(sandbox, p->password_file, SANDBOX_READ);
}

void
confine_to_peers(struct speaker *s, bool dry_run)
{
	struct sandbox sandbox;

	sandbox_open(&sandbox, dry_run ? 0 : SANDBOX_CONNECTS);
	sandbox_allow(&sandbox, s->peers_path, SANDBOX_READ);
	s->ports[PEER_CONFIG_PORT] = true;
	for (size_t i = 0; i < s->neighbors.n; i++)
		allow_peer(&sandbox, s->ports, &s->neighbors.list[i]->peer);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		if (s->ports[port])
			sandbox_allow_port(&sandbox, (uint16_t)port);
	allow_own_files(&sandbox, s);
	sandbox_narrow(&sandbox);
	s->neighbors.ports = sandbox_limits_ports(&sandbox) ? s->ports : NULL;
}
