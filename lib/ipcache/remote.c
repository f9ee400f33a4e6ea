#include "ipcache/remote.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/control_client.h"
#include "control/control_reply.h"
#include "io/linereader.h"

#define OPENING_MAX (COMMAND_WORDS_MAX * NAME_STRLEN + REQUEST_MAX)

static bool
takes_stdin(const struct remote *r)
{
	return r->request.verb == VERB_IMPORT || r->request.verb == VERB_RETAG;
}

/* Appends the selectors, one per line. */
static void
put_words(const struct remote *r, struct buf *out)
{
	char text[NAME_STRLEN];

	for (size_t i = 0; i < r->words_n; i++) {
		selector_format(&r->words[i], text);
		buf_str(out, str_of(text));
		buf_byte(out, '\n');
	}
}

/* --- Executed by the run --- */

int
remote_run(const struct remote *r, int fd)
{
	struct buf opening = BUF(OPENING_MAX);
	struct control_client d = { .line_max = COMMAND_STEP_MAX, .sends_stdin = takes_stdin(r),
	    .prints = r->request.verb == VERB_EXPORT || r->request.verb == VERB_STATS,
	    .cut = "ipcache run exited before it finished the request; try again" };
	int status;

	control_proto_format(&r->request, &opening);
	put_words(r, &opening);
	d.opening = buf_view(&opening);
	status = control_client_run(&d, fd);
	buf_free(&opening);
	return status;
}

/* --- Executed by this process --- */

struct work {
	struct command command;
	struct buf reply;
	struct control_printer printer;
};

static void
print_reply(struct work *w)
{
	struct str rest = buf_view(&w->reply), line;

	while (rest.n > 0 && str_split(&rest, '\n', &line))
		control_reply_print(&w->printer, line);
	buf_cut(&w->reply, 0);
	if (linewriter_pending(&w->printer.out) >= LINEWRITER_BLOCK)
		control_reply_drain(&w->printer, CONTROL_REPLY_HIGH);
}

static void
pass_words(struct work *w, const struct remote *r)
{
	struct buf words = BUF(OPENING_MAX);
	struct str rest, line;

	put_words(r, &words);
	rest = buf_view(&words);
	for (uint64_t n = 1; w->command.state == COMMAND_TAKES && n <= r->words_n; n++) {
		str_split(&rest, '\n', &line);
		command_line(&w->command, line, n, 0, &w->reply);
		print_reply(w);
	}
	buf_free(&words);
}

static void
pass_line(struct work *w, struct linereader *in, enum linereader_result result, struct str line)
{
	if (result == LINEREADER_LINE)
		command_line(&w->command, line, in->line, clock_wall(), &w->reply);
	else
		command_bad_line(&w->command, in->line, result == LINEREADER_TOO_LONG ?
		    "line too long" : "line cut off: the input ends without a newline", &w->reply);
	print_reply(w);
}

/* Passes the lines of stdin to the command. Returns 0, or the errno of a failed read. */
static int
pass_stdin(struct work *w)
{
	enum linereader_result result;
	struct str line;
	struct linereader in;

	linereader_open(&in, STDIN_FILENO, ANSWER_MAX - 1);
	do {
		linereader_read(&in);
		while ((result = linereader_line(&in, &line)) != LINEREADER_NONE)
			pass_line(w, &in, result, line);
	} while (!in.eof);
	linereader_free(&in);
	return in.error;
}

int
remote_cache(const struct remote *r, const struct command_host *host)
{
	struct work w = { .reply = BUF(2 * COMMAND_STEP_MAX) };
	int error = 0, status;

	signal(SIGPIPE, SIG_IGN);
	control_reply_open(&w.printer);
	command_open(&w.command, host, &r->request, &w.reply);
	pass_words(&w, r);
	if (takes_stdin(r))
		error = pass_stdin(&w);
	if (w.command.state == COMMAND_TAKES)
		command_end(&w.command, &w.reply);
	while (print_reply(&w), w.command.state != COMMAND_DONE && !w.printer.out.broken)
		command_step(&w.command, clock_mono(), &w.reply);
	command_close(&w.command);
	buf_free(&w.reply);
	status = control_reply_close(&w.printer, "");
	if (error == 0)
		return status;
	log_error("stdin: %s", strerror(error));
	return 2;
}
