# Reads samples `STAGE KIB DESCRIPTORS`. Compares the medians of the first and last quarter of the samples of stage `name`, and
# exits 1 when the stage has grown.

function median(of, from, to,    i, j, t, n, v) {
	for (i = from; i <= to; i++)
		for (v[j = ++n] = of[i]; j > 1 && v[j] < v[j - 1]; j--) {
			t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
		}
	return v[int((n + 1) / 2)]
}
$1 == name { memory[++n] = $2 + 0; fds[n] = $3 + 0 }
END {
	q = int((n + 3) / 4)
	m1 = median(memory, 1, q); m2 = median(memory, n - q + 1, n)
	f1 = median(fds, 1, q); f2 = median(fds, n - q + 1, n)
	printf "soak: %s: %d KiB, then %d KiB; %d descriptors, then %d\n", name, m1, m2, f1, f2
	exit !(n > 0 && m2 <= 1.1 * m1 + 4096 && f2 <= f1 + 1)
}
