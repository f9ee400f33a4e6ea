#include "ipcache/ask.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/dialog.h"
#include "io/in.h"
#include "base/log.h"
#include "control/replies.h"

/* The most bytes before those of stdin: the request and its words. */
#define OPENING_MAX (COMMAND_WORDS_MAX * NAME_STRLEN + REQUEST_MAX)

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
ask_run(const struct ask *a, int fd)
{
	struct buf opening = BUF(OPENING_MAX);
	struct dialog d = { .line_max = COMMAND_STEP_MAX, .sends_stdin = takes_stdin(a),
	    .prints = a->request.verb == VERB_EXPORT || a->request.verb == VERB_STATS,
	    .cut = "ipcache run exited before it finished the request; try again" };
	int status;

	request_format(&a->request, &opening);
	for (size_t i = 0; i < a->words_n; i++) {
		put_word(&a->words[i], &opening);
		buf_byte(&opening, '\n');
	}
	d.opening = buf_view(&opening);
	status = dialog_run(&d, fd);
	buf_free(&opening);
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
