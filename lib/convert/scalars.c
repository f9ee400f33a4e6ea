#include "convert/scalars.h"

#include <ctype.h>

#include "base/mem.h"

/* Whether the line is `KEY:`, or begins with `KEY: `. */
static bool
has_key(struct str line)
{
	size_t i = 0;

	while (i < line.n && (isalnum((uint8_t)line.p[i]) || strchr("_-\"'", line.p[i]) != NULL))
		i++;
	return i > 0 && i < line.n && line.p[i] == ':' &&
	    (i + 1 == line.n || str_is_blank(line.p[i + 1]));
}

/* Whether the line is empty or a comment, in YAML or in a list that is not YAML. */
static bool
is_comment(struct str line)
{
	return line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || str_take(&line, STR("//"));
}

static bool
begins_yaml(struct str line)
{
	return str_take(&line, STR("---")) || str_take(&line, STR("%YAML")) ||
	    str_take(&line, STR("- ")) || line.p[0] == '{' || line.p[0] == '[' || has_key(line);
}

bool
scalars_are_yaml(struct str text)
{
	struct str line;

	if (str_take(&text, STR("\xff\xfe")) || str_take(&text, STR("\xfe\xff")))
		return true;	/* UTF-16, which libyaml reads */
	str_take(&text, STR("\xef\xbb\xbf"));
	while (str_split(&text, '\n', &line)) {
		line = str_trim(line);
		if (!is_comment(line))
			return begins_yaml(line);
	}
	return false;
}

void
scalars_open(struct scalars *s, struct str text)
{
	memset(s, 0, sizeof(*s));
	s->path = BUF(SCALARS_PATH);
	if (!yaml_parser_initialize(&s->parser))
		mem_checked(NULL);
	yaml_parser_set_input_string(&s->parser, (const unsigned char *)text.p, text.n);
}

static void
put_component(struct scalars *s, struct str component)
{
	buf_cut(&s->path, s->levels[s->depth - 1].path_len);
	if (s->path.len > 0)
		buf_byte(&s->path, '.');
	buf_str(&s->path, component);
}

static struct scalars_level *
top(struct scalars *s)
{
	return s->depth > 0 ? &s->levels[s->depth - 1] : NULL;
}

static const char *
push(struct scalars *s, bool is_sequence)
{
	if (top(s) != NULL && !top(s)->is_sequence && !top(s)->has_key)
		return "a key that is no text";
	if (s->depth == SCALARS_DEPTH)
		return "nested too deeply";
	s->levels[s->depth++] = (struct scalars_level){ is_sequence, false, s->path.len };
	if (is_sequence)
		put_component(s, STR("[]"));
	return NULL;
}

/* Records that a value has ended. If it belonged to a mapping, the next scalar is a key. */
static void
end_value(struct scalars *s)
{
	if (top(s) != NULL)
		top(s)->has_key = false;
}

static void
pop(struct scalars *s)
{
	buf_cut(&s->path, top(s)->path_len);
	s->depth--;
	end_value(s);
}

/* Adds a key to the path, or stores a value in *scalar. Returns whether s->event is a value. */
static bool
is_value(struct scalars *s, struct scalar *scalar)
{
	const yaml_event_t *e = &s->event;
	struct str text = { (const char *)e->data.scalar.value, e->data.scalar.length };

	if (top(s) != NULL && !top(s)->is_sequence && !top(s)->has_key) {
		put_component(s, text);
		top(s)->has_key = true;
		return false;
	}
	end_value(s);
	*scalar = (struct scalar){ e->start_mark.line + 1, buf_view(&s->path), text };
	if (scalar->path.p == NULL)
		scalar->path = STR("");
	return true;
}

/* Handles s->event. Sets *done if *scalar was set. Returns NULL, or the reason of a failure. */
static const char *
handle_event(struct scalars *s, struct scalar *scalar, bool *done)
{
	switch (s->event.type) {
	case YAML_SEQUENCE_START_EVENT:
		return push(s, true);
	case YAML_MAPPING_START_EVENT:
		return push(s, false);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		pop(s);
		return NULL;
	case YAML_SCALAR_EVENT:
		*done = is_value(s, scalar);
		return NULL;
	case YAML_ALIAS_EVENT:
		return "an alias, which is not supported";
	case YAML_STREAM_END_EVENT:
		*scalar = (struct scalar){ 0, { NULL, 0 }, { NULL, 0 } };
		*done = true;
		return NULL;
	default:
		return NULL;
	}
}

const char *
scalars_next(struct scalars *s, struct scalar *scalar)
{
	bool done = false;
	const char *why = NULL;

	while (why == NULL && !done) {
		yaml_event_delete(&s->event);
		if (!yaml_parser_parse(&s->parser, &s->event)) {
			scalar->line = s->parser.problem_mark.line + 1;
			return s->parser.problem != NULL ? s->parser.problem : "not YAML";
		}
		scalar->line = s->event.start_mark.line + 1;
		why = handle_event(s, scalar, &done);
		if (why == NULL && s->path.overflow)
			why = "a path that is too long";
	}
	return why;
}

void
scalars_close(struct scalars *s)
{
	yaml_event_delete(&s->event);
	yaml_parser_delete(&s->parser);
	buf_free(&s->path);
}
