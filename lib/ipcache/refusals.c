#include "ipcache/refusals.h"

static const struct {
	enum cache_result result;
	const char *before, *advice;	/* LIFE stands between them where it is the reason */
} reasons[] = {
	{ CACHE_DEAD, " older than LIFE (", "): use dnstap-read --now for an old capture" },
	{ CACHE_DENIED, " with a special-purpose or denied address",
	    ": --allow PREFIX accepts them" },
	{ CACHE_FULL, " beyond a limit",
	    ": raise --max-pairs, --max-addresses or --max-names" },
	{ CACHE_AHEAD_OF_CLOCK, " dated more than a minute ahead of the clock",
	    ": set the clock, or use dnstap-read --now" },
};

bool
refusals_format(const uint64_t results[CACHE_RESULTS], const char *life, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		uint64_t n = results[reasons[i].result];

		if (n == 0)
			continue;
		if (any)
			buf_str(out, STR("; "));
		buf_num(out, n);
		buf_str(out, n == 1 ? STR(" answer") : STR(" answers"));
		buf_str(out, str_of(reasons[i].before));
		if (reasons[i].result == CACHE_DEAD)
			buf_str(out, str_of(life));
		buf_str(out, str_of(reasons[i].advice));
		any = true;
	}
	return any;
}
