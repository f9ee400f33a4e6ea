#include "match/list_faults.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/num.h"
#include "base/utf8.h"

#define SHOWN_MAX 60	/* the most bytes of a line in a message */

/* Shortens the text to at most SHOWN_MAX bytes, without splitting a UTF-8 character. */
static struct str
cut(struct str s)
{
	if (s.n <= SHOWN_MAX)
		return s;
	s.n = SHOWN_MAX;
	for (int i = 0; i < 3 && ((uint8_t)s.p[s.n] & 0xc0) == 0x80; i++)
		s.n--;
	return s;
}

/* Appends `'LINE': `, with LINE trimmed, shortened and escaped; nothing if LINE is blank. */
static void
put_line(struct str line, struct buf *out)
{
	struct str shown;

	line = str_trim(line);
	if (line.n == 0)
		return;
	shown = cut(line);
	buf_byte(out, '\'');
	utf8_put_shown(shown, out);
	buf_str(out, shown.n < line.n ? STR("...': ") : STR("': "));
}

static void
report(const struct list_faults *f, unsigned long number, struct str line, const char *why)
{
	char bytes[SHOWN_MAX * 4 + 8];
	struct buf text = { .data = bytes, .cap = sizeof(bytes), .max = sizeof(bytes) };

	put_line(line, &text);
	log_warn("%s:%lu: %.*s%s", f->path, number, (int)text.len, text.data, why);
}

void
list_faults_add(struct list_faults *f, unsigned long number, struct str line, const char *why)
{
	struct list_faults_reason *r = f->reasons;

	while (r->why != NULL && r->why != why && r < f->reasons + LIST_FAULTS_REASONS - 1)
		r++;
	r->why = why;
	f->lines++;
	if (f->most > 0)
		foreign_line(&f->foreign, line);
	if (r->lines++ < f->most)
		report(f, number, line, why);
}

static void
report_rest(const struct list_faults *f)
{
	char number[NUM_GROUPED_STRLEN];

	for (size_t i = 0; i < LIST_FAULTS_REASONS && f->reasons[i].why != NULL; i++) {
		const struct list_faults_reason *r = &f->reasons[i];
		unsigned long rest = r->lines > f->most ? r->lines - f->most : 0;

		if (rest > 0)
			log_warn("%s: %s more line%s: %s", f->path,
			    num_format_grouped(rest, number), rest == 1 ? "" : "s", r->why);
	}
}

/*
 * Reports which format the malformed lines look like. If they are more than the `good` lines, the
 * file probably has this format; otherwise, only these lines do.
 */
static void
report_format(const struct list_faults *f, unsigned long good)
{
	const char *format = foreign_format(&f->foreign);

	if (format == NULL)
		return;
	if (f->lines > good)
		log_warn("%s: looks like %s: dnstap-list %s%s %s", f->path, foreign_title(format),
		    foreign_options(format), format, f->path);
	else
		log_warn("%s: the malformed lines look like %s; dnstap-list %s%s converts them",
		    f->path, foreign_title(format), foreign_options(format), format);
}

void
list_faults_end(const struct list_faults *f, unsigned long good)
{
	if (f->most == 0)
		return;
	report_rest(f);
	report_format(f, good);
}
