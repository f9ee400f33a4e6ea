/*
 * `replay_NAME FOLDER` runs a fuzz target over the files of a folder. It fails if the folder has no
 * files.
 */
#include <dirent.h>
#include <err.h>

#include "base/mem.h"
#include "fuzz.h"

static void
replay(const char *folder, const char *file)
{
	char path[4096];
	uint8_t *data = mem_alloc(1 << 20), *exact;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "r");
	if (f == NULL)
		err(1, "%s", path);
	n = fread(data, 1, 1 << 20, f);
	fclose(f);
	exact = mem_dup(data, n);	/* a sanitizer detects reads beyond the copy */
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(data);
}

int
main(int argc, char **argv)
{
	unsigned count = 0;
	struct dirent *entry;
	DIR *dir;

	if (argc != 2)
		errx(2, "usage: %s FOLDER", argv[0]);
	dir = opendir(argv[1]);
	if (dir == NULL)
		err(1, "%s", argv[1]);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		count++;
	}
	closedir(dir);
	if (count == 0)
		errx(1, "%s: no files", argv[1]);
	printf("ok %s: %u inputs\n", argv[1], count);
	return 0;
}
