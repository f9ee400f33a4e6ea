/*
 * A view of bytes that somebody else owns. It is valid as long as its owner says; not NUL-ended.
 */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;	/* NULL: absent, which differs from empty */
	size_t n;
};

#define STR(literal) ((struct str){ literal, sizeof(literal) - 1 })

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Bytewise order, a prefix before what it begins: <0, 0 or >0 as strcmp(3). */
static inline int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

/*
 * Takes the text before the next `sep` off the front of *rest, the separator with it.
 * False when *rest is absent or all of it has been taken. An empty piece is a piece.
 */
static inline bool
str_split(struct str *rest, char sep, struct str *piece)
{
	const char *end;

	if (rest->p == NULL)
		return false;
	end = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);
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

/* No byte outside ` `..`~`. */
static inline bool
str_is_printable(struct str s)
{
	unsigned bad = 0;

	for (size_t i = 0; i < s.n; i++)
		bad |= (unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] > '~';
	return bad == 0;
}

#endif
