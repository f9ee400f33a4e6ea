/*
 * The commands of ipcache as the service of a control socket (service.h): the request is that of
 * request.h, the job is a command.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "ipcache/command.h"
#include "control/service.h"

/* `host` is not owned. */
struct service commands_service(const struct command_host *host);

#endif
