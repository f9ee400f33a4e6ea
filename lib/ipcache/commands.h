/*
 * The commands of ipcache as the service of a control socket (service.h). control_proto.h describes
 * the request.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "control/service.h"
#include "ipcache/command.h"

/* Returns the service, which does not own `host`. */
struct service commands_service(const struct command_host *host);

#endif
