#include "ipcache/remote.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/control_client.h"
#include "control/control_output.h"
#include "io/linereader.h"

/* The most bytes before those of stdin: the request and its words. */
#define OPENING_MAX (COMMAND_WORDS_MAX * NAME_STRLEN + REQUEST_MAX)

static bool
takes_stdin(const struct remote *a)
{
	return a->request.verb == VERB_IMPORT || a->request.verb == VERB_RETAG;
}

static void
put_word(const struct selector *word, struct buf *out)
{
	char text[NAME_STRLEN];

	selector_format(word, text);
	buf_str(out, str_of(text));
}

/* --- The run does it --- */

int
remote_run(const struct remote *a, int fd)
{
	struct buf opening = BUF(OPENING_MAX);
	struct control_client d = { .line_max = COMMAND_STEP_MAX, .sends_stdin = takes_stdin(a),
	    .prints = a->request.verb == VERB_EXPORT || a->request.verb == VERB_STATS,
	    .cut = "ipcache run exited before it finished the request; try again" };
	int status;

	control_proto_format(&a->request, &opening);
	for (size_t i = 0; i < a->words_n; i++) {
		put_word(&a->words[i], &opening);
		buf_byte(&opening, '\n');
	}
	d.opening = buf_view(&opening);
	status = control_client_run(&d, fd);
	buf_free(&opening);
	return status;
}

/* --- We do it --- */

struct work {
	struct command command;
	struct buf said;
	struct control_output replies;
};

/* Passes on what the command has said. */
static void
pass_on(struct work *w)
{
	struct str rest = buf_view(&w->said), line;

	while (rest.n > 0 && str_split(&rest, '\n', &line))
		control_output_take(&w->replies, line);
	buf_cut(&w->said, 0);
	if (linewriter_pending(&w->replies.out) >= LINEWRITER_BLOCK)
		control_output_drain(&w->replies, CONTROL_OUTPUT_HIGH);
}

static void
give_words(struct work *w, const struct remote *a)
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
give_line(struct work *w, struct linereader *in, enum linereader_result result, struct str line)
{
	if (result == LINEREADER_LINE)
		command_line(&w->command, line, in->line, clock_wall(), &w->said);
	else if (result == LINEREADER_TOO_LONG)
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
	enum linereader_result result;
	struct str line;
	struct linereader in;

	linereader_open(&in, STDIN_FILENO, ANSWER_MAX - 1);
	do {
		linereader_read(&in);
		while ((result = linereader_line(&in, &line)) != LINEREADER_NONE)
			give_line(w, &in, result, line);
	} while (!in.eof);
	linereader_free(&in);
	return in.error;
}

int
remote_cache(const struct remote *a, const struct command_host *host)
{
	struct work w = { .said = BUF(2 * COMMAND_STEP_MAX) };
	int error = 0, status;

	signal(SIGPIPE, SIG_IGN);
	control_output_open(&w.replies);
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
	status = control_output_close(&w.replies, "");
	if (error == 0)
		return status;
	log_error("stdin: %s", strerror(error));
	return 2;
}
