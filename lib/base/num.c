#include "base/num.h"

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

const char *
num_format_grouped(uint64_t value, char out[NUM_GROUPED_STRLEN])
{
	char digits[NUM_STRLEN], *p = out;
	int n = num_format(value, digits);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
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
