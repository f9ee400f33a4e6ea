/* A view of bytes that another object owns; not NUL-terminated. */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;	/* NULL: absent, which differs from empty */
	size_t n;
};

#define STR(literal) ((struct str){ literal, sizeof(literal) - 1 })

/* The view of a C string. */
static inline struct str
str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (b.n == 0 || memcmp(a.p, b.p, b.n) == 0);
}

/* If *text begins with `prefix`, removes the prefix from *text and returns true. */
static inline bool
str_take(struct str *text, struct str prefix)
{
	if (text->n < prefix.n || memcmp(text->p, prefix.p, prefix.n) != 0)
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

static inline bool
str_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The text without spaces, tabs and CRs at its start and end. */
static inline struct str
str_trim(struct str s)
{
	while (s.n > 0 && str_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && str_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Compares bytes like strcmp(3): <0, 0 or >0. A prefix sorts before a longer string. */
static inline int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/*
 * Moves the text before the first `sep` from *rest to *piece, and removes the separator. *piece may
 * be empty. Returns false when *rest is absent, as it is after the last piece.
 */
static inline bool
str_split(struct str *rest, char sep, struct str *piece)
{
	const char *end;

	if (rest->p == NULL)
		return false;
	end = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
	if (end == NULL) {
		*piece = *rest;
		*rest = (struct str){ NULL, 0 };
		return true;
	}
	*piece = (struct str){ rest->p, (size_t)(end - rest->p) };
	rest->p = end + 1;
	rest->n -= piece->n + 1;
	return true;
}

/* Like str_split, but VALUE in a piece KEY=VALUE includes the following pieces without `=`. */
static inline bool
str_split_list(struct str *rest, char sep, struct str *piece)
{
	struct str ahead, next;

	if (!str_split(rest, sep, piece))
		return false;
	for (ahead = *rest; piece->n > 0 && memchr(piece->p, '=', piece->n) != NULL &&
	    str_split(&ahead, sep, &next) && next.n > 0 && memchr(next.p, '=', next.n) == NULL;
	    *rest = ahead)
		piece->n += 1 + next.n;
	return true;
}

/* Whether every byte is in ` `..`~`. The loop has no branches, so that compilers vectorize it. */
static inline bool
str_is_printable(struct str s)
{
	unsigned odd = 0;

	for (size_t i = 0; i < s.n; i++)
		odd |= (unsigned char)(s.p[i] - ' ') > '~' - ' ';
	return odd == 0;
}

/* Whether every byte is in `!`..`~`, so that `s` can be a value in a line; s may be absent. */
static inline bool
str_is_word(struct str s)
{
	return s.n == 0 || (str_is_printable(s) && memchr(s.p, ' ', s.n) == NULL);
}

#endif
