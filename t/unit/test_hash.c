#include "base/hash.h"

#include "unit.h"

static uint64_t
any_eight(void)
{
	return (uint64_t)any_below(UINT32_MAX) << 32 | any_below(UINT32_MAX);
}

/*
 * Two texts of two words. The second has the words in reverse order, XORed with differences between
 * the constants of the hash. If both factors of a step used the seed in the same way, the hashes of
 * the two texts would be equal under every seed.
 */
START_TEST(the_seed_does_not_cancel_out)
{
	const uint64_t key = UINT64_C(0xd6e8feb86659fd93),
	    length = 16 * UINT64_C(0x9e3779b97f4a7c15);
	const uint64_t differences[] = { 0, key, length, key ^ length };

	for (int i = 0; i < 1000; i++) {
		uint64_t seed = any_eight(), text[2] = { any_eight(), any_eight() };

		for (size_t k = 0; k < sizeof(differences) / sizeof(differences[0]); k++) {
			uint64_t other[2] = { text[1] ^ differences[k], text[0] ^ differences[k] };

			ck_assert_uint_ne(hash_bytes(seed, text, sizeof(text)),
			    hash_bytes(seed, other, sizeof(other)));
		}
	}
}
END_TEST

/* Every byte and the length affect the hash, at every length. */
START_TEST(each_byte_affects_the_hash)
{
	char text[70] = { 0 };

	for (size_t n = 1; n <= sizeof(text); n++) {
		uint64_t seed = any_eight(), hash = hash_bytes(seed, text, n);

		ck_assert_uint_ne(hash, hash_bytes(seed, text, n - 1));
		for (size_t at = 0; at < n; at++) {
			text[at] = 1;
			ck_assert_uint_ne(hash, hash_bytes(seed, text, n));
			text[at] = 0;
		}
	}
}
END_TEST

UNIT_MAIN("hash", the_seed_does_not_cancel_out, each_byte_affects_the_hash)
