/*
 * Measures the delay from an answer line to its route line: `answerload FIFO NET RATE SECONDS
 * [COMMAND...]` writes RATE answer lines a second to the FIFO, evenly, each with a new address in
 * NET/8. With a COMMAND it runs the command for each line instead, with the line as stdin. It reads
 * the route lines from stdin. When all have arrived, it prints the delays (delays_print).
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "delays.h"

#define PATIENCE (20 * SECOND)

static struct delays delays;
static char **arguments;

static int
make_line(size_t i, char *line, size_t size)
{
	char digits[PROBE_DIGITS + 1] = "";

	delays_number(i, digits);
	return snprintf(line, size,
	    "%lld.000000 %s.%u.%u.%u 300 " PROBE_MARK "%s.bench.example tag=list\n",
	    (long long)(clock_wall() / SECOND), arguments[2], (unsigned)(i >> 16),
	    (unsigned)(i >> 8 & 255), (unsigned)(i & 255), digits);
}

static void
run_command(const char *line, size_t n)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		err(2, "a process");
	if (pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(arguments[5], arguments + 5);
		err(127, "%s", arguments[5]);
	}
	close(ends[0]);
	if (write(ends[1], line, n) < 0)
		err(2, "write");
	close(ends[1]);
	waitpid(pid, NULL, 0);
}

static void
send_lines(void)
{
	int fd = arguments[5] == NULL ? open(arguments[1], O_WRONLY) : -1;
	int64_t start = clock_mono();
	char line[128];

	if (arguments[5] == NULL && fd < 0)
		err(2, "%s", arguments[1]);
	for (size_t i = 0; i < delays.n; i++) {
		size_t n = (size_t)make_line(i, line, sizeof(line));

		delays_send(&delays, i, start);
		if (arguments[5] != NULL)
			run_command(line, n);
		else if (write(fd, line, n) != (ssize_t)n)
			err(2, "%s", arguments[1]);
	}
}

int
main(int argc, char **argv)
{
	if (argc < 5)
		errx(2, "usage: answerload FIFO NET RATE SECONDS [COMMAND...] <ROUTES");
	arguments = argv;
	delays_open(&delays, delays_argument(argv[3]), delays_argument(argv[4]));
	delays_start(send_lines);
	delays_read(&delays, clock_mono() + delays_argument(argv[4]) * SECOND + PATIENCE);
	delays_print(&delays);
	putchar('\n');
	return 0;
}
