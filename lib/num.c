#include "num.h"

#include <endian.h>

int
num_format(uint64_t value, char out[NUM_STRLEN])
{
	int len = 1;

	for (uint64_t rest = value; rest >= 10; rest /= 10)
		len++;
	out[len] = '\0';
	for (int i = len; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return len;
}

bool
num_parse(struct str text, uint32_t max, uint32_t *value)
{
	uint64_t v = 0;

	if (text.n == 0 || text.n > 10 || (text.p[0] == '0' && text.n > 1))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned char)text.p[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	if (v > max)
		return false;
	*value = (uint32_t)v;
	return true;
}

/* The digits, the last one at the top, become pairs, then fours, then one number. */
bool
num_before(const char *end, unsigned n, uint32_t *value)
{
	uint64_t x = le64toh(str_eight(end - 8)) ^ str_eight_times('0');

	x &= ~UINT64_C(0) << 8 * (8 - n);
	if (((x | (x + str_eight_times(0x80 - 10))) & str_eight_times(0x80)) != 0)
		return false;
	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	*value = (uint32_t)(x * 10000 + (x >> 32));
	return true;
}
