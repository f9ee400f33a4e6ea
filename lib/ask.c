#define _GNU_SOURCE	/* SOCK_CLOEXEC */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "in.h"
#include "log.h"
#include "loop.h"
#include "replies.h"

/* The most bytes that we begin with. */
#define WORDS_SIZE (COMMAND_WORDS_MAX * NAME_STRLEN + REQUEST_MAX)
#define HIGH (256 * 1024)	/* with so much waiting for the run, no more of stdin is read */

static bool
takes_stdin(const struct ask *a)
{
	return a->request.verb == VERB_IMPORT || a->request.verb == VERB_RETAG;
}

static void
put_word(const struct target *word, struct buf *out)
{
	char text[NAME_STRLEN];

	target_format(word, text);
	buf_str(out, str_of(text));
}

/* --- The run does it --- */

int
ask_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	/* The caller knows that it fits, with its NUL. */
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct link {
	struct loop loop;
	struct in from_run;
	struct out to_run;
	struct replies replies;
	bool stdin_open;	/* more may come from it */
	int stdin_error;	/* errno, or 0 */
	bool told_end;		/* the run knows that no more comes */
};

static void
link_open(struct link *l, const struct ask *a, int fd)
{
	*l = (struct link){ .stdin_open = takes_stdin(a) };
	in_open(&l->from_run, fd, COMMAND_STEP_MAX);
	out_open(&l->to_run, fd, WORDS_SIZE);
	replies_open(&l->replies);
	request_format(&a->request, &l->to_run.buf);
	for (size_t i = 0; i < a->words_n; i++) {
		put_word(&a->words[i], &l->to_run.buf);
		buf_byte(&l->to_run.buf, '\n');
	}
}

static void
read_stdin(struct link *l)
{
	char *to = buf_room(&l->to_run.buf, IN_BLOCK);
	ssize_t n = read(STDIN_FILENO, to, IN_BLOCK);

	if (n > 0) {
		l->to_run.buf.len += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		l->stdin_error = n < 0 ? errno : 0;
		l->stdin_open = false;
	}
}

/* A run that reads no more has its reasons, which it tells. */
static void
send_lines(struct link *l)
{
	out_flush(&l->to_run);
	if (l->to_run.broken)
		l->stdin_open = false;
	if (l->stdin_open || l->told_end || out_pending(&l->to_run) > 0)
		return;
	shutdown(l->to_run.fd, SHUT_WR);
	l->told_end = true;
}

static void
take_replies(struct link *l)
{
	struct str line;

	in_read(&l->from_run);
	while (in_line(&l->from_run, &line) == IN_LINE)
		replies_take(&l->replies, line);
	if (!l->replies.out.blocked)
		out_flush(&l->replies.out);
}

/* Waits for whatever can go on, and does it. */
static void
link_turn(struct link *l)
{
	struct out *out = &l->replies.out;
	bool reads = out_pending(out) < REPLIES_HIGH;
	bool hears = l->stdin_open && out_pending(&l->to_run) < HIGH;
	short run_events = (short)((reads ? POLLIN : 0) | (l->to_run.blocked ? POLLOUT : 0));
	size_t run_at, in_at, out_at;

	loop_begin(&l->loop);
	run_at = loop_add(&l->loop, run_events != 0 ? l->from_run.fd : -1, run_events);
	in_at = loop_add(&l->loop, hears ? STDIN_FILENO : -1, POLLIN);
	out_at = loop_add(&l->loop, out->broken ? -1 : out->fd, out->blocked ? POLLOUT : 0);
	loop_wait(&l->loop);
	if (loop_events(&l->loop, out_at) & (POLLERR | POLLHUP))
		out_hang_up(out);
	else if (loop_events(&l->loop, out_at) != 0)
		out_flush(out);
	if (loop_events(&l->loop, in_at) != 0)
		read_stdin(l);
	if (loop_events(&l->loop, in_at) != 0 ||
	    loop_events(&l->loop, run_at) & (POLLOUT | POLLHUP | POLLERR))
		send_lines(l);
	if (reads && loop_events(&l->loop, run_at) & (POLLIN | POLLHUP | POLLERR))
		take_replies(l);
}

/* Of a command that changes the cache, nobody needs to read what it prints: which is nothing. */
static bool
is_done(const struct link *l, const struct ask *a)
{
	bool prints = a->request.verb == VERB_EXPORT || a->request.verb == VERB_STATS;

	return l->replies.status >= 0 || l->from_run.eof || (prints && l->replies.out.broken);
}

int
ask_run(const struct ask *a, int fd)
{
	struct link l;
	int status;

	signal(SIGPIPE, SIG_IGN);
	link_open(&l, a, fd);
	send_lines(&l);
	while (!is_done(&l, a))
		link_turn(&l);
	status = replies_close(&l.replies, "ipcache run exited before it finished the request; try again");
	if (l.stdin_error != 0) {
		log_error("stdin: %s", strerror(l.stdin_error));
		status = 2;
	}
	in_free(&l.from_run);
	out_free(&l.to_run);
	loop_free(&l.loop);
	close(fd);
	return status;
}

/* --- We do it --- */

struct work {
	struct command command;
	struct buf said;
	struct replies replies;
};

/* Passes on what the command has said. */
static void
pass_on(struct work *w)
{
	struct str rest = buf_view(&w->said), line;

	while (rest.n > 0 && str_split(&rest, '\n', &line))
		replies_take(&w->replies, line);
	buf_cut(&w->said, 0);
	if (out_pending(&w->replies.out) >= OUT_BLOCK)
		replies_drain(&w->replies, REPLIES_HIGH);
}

static void
give_words(struct work *w, const struct ask *a)
{
	static struct buf text = BUF(NAME_STRLEN);

	for (size_t i = 0; i < a->words_n && w->command.state == COMMAND_TAKES; i++) {
		buf_cut(&text, 0);
		put_word(&a->words[i], &text);
		command_line(&w->command, buf_view(&text), i + 1, 0, &w->said);
		pass_on(w);
	}
	buf_free(&text);
}

static void
give_line(struct work *w, struct in *in, enum in_result result, struct str line)
{
	if (result == IN_LINE)
		command_line(&w->command, line, in->line, clock_wall(), &w->said);
	else if (result == IN_TOO_LONG)
		command_bad_line(&w->command, in->line, "line too long", &w->said);
	else
		command_bad_line(&w->command, in->line,
		    "line cut off: the input ends without a newline", &w->said);
	pass_on(w);
}

/* 0, or the errno of stdin. */
static int
give_stdin(struct work *w)
{
	enum in_result result;
	struct str line;
	struct in in;

	in_open(&in, STDIN_FILENO, ANSWER_MAX - 1);
	do {
		in_read(&in);
		while ((result = in_line(&in, &line)) != IN_NONE)
			give_line(w, &in, result, line);
	} while (!in.eof);
	in_free(&in);
	return in.error;
}

int
ask_cache(const struct ask *a, const struct command_host *host)
{
	struct work w = { .said = BUF(2 * COMMAND_STEP_MAX) };
	int error = 0, status;

	signal(SIGPIPE, SIG_IGN);
	replies_open(&w.replies);
	command_open(&w.command, host, &a->request, &w.said);
	give_words(&w, a);
	if (takes_stdin(a))
		error = give_stdin(&w);
	if (w.command.state == COMMAND_TAKES)
		command_end(&w.command, &w.said);
	while (pass_on(&w), w.command.state != COMMAND_DONE && !w.replies.out.broken)
		command_step(&w.command, clock_mono(), &w.said);
	command_close(&w.command);
	buf_free(&w.said);
	status = replies_close(&w.replies, "");
	if (error == 0)
		return status;
	log_error("stdin: %s", strerror(error));
	return 2;
}
