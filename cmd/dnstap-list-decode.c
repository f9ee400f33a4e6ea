/*
 * dnstap-list-decode: prints list files that awk cannot read as lines of text, for dnstap-list.
 *
 * It prints nothing for a malformed file, so that a part of a list is not mistaken for the whole
 * list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "convert/decode.h"
#include "io/file.h"
#include "io/kind.h"
#include "io/sandbox.h"

#define SIZE_LIMIT (256 * 1024 * 1024)	/* the most bytes of the file, and of the output */

static const char usage[] =
    "usage: dnstap-list-decode guess|geosite|yaml [FILE]\n"
    "Prints lines of text for dnstap-list(1). Reads stdin without a FILE.\n"
    "  guess    the FORMAT that the first lines look like; exit status 1: none\n"
    "  geosite  LIST RULE, from geosite.dat or dlc.dat_plain.yml\n"
    "  yaml     LINE PATH VALUE, from YAML or from a list with an entry on each line\n";

static const struct decoder {
	const char *name;
	const char *(*decode)(struct str data, struct buf *out, size_t *line);
} decoders[] = {
	{ "guess", decode_guess },
	{ "geosite", decode_geosite },
	{ "yaml", decode_yaml },
};

static const struct decoder *
find_decoder(const char *name)
{
	for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (strcmp(name, decoders[i].name) == 0)
			return &decoders[i];
	log_misuse("%s: unknown command", name);
}

static struct str
read_data(const char *path, struct buf *data)
{
	bool seekable;
	int error = file_read(path, data, &seekable);

	if (error != 0)
		log_die("%s: %s", path, strerror(error));
	return data->len > 0 ? buf_view(data) : STR("");
}

/* Enters a sandbox without access to files: the data is decoded there. */
static void
confine(void)
{
	struct sandbox sandbox;
	const char *why;

	sandbox_open(&sandbox, 0);
	why = sandbox_enter(&sandbox);
	if (why != NULL)
		log_die("%s", why);
}

static void
refuse_packed(const char *path, struct str data)
{
	const struct kind *kind = kind_of(data);

	if (kind != NULL && kind->is_packed)
		log_die("%s: %s", path, kind_text(kind, NULL));
}

__attribute__((noreturn)) static void
report(const char *path, size_t line, const char *why)
{
	if (line > 0)
		log_die("%s:%zu: %s", path, line, why);
	log_die("%s: %s", path, why);
}

int
main(int argc, char **argv)
{
	struct buf input = BUF(SIZE_LIMIT), out = BUF(SIZE_LIMIT);
	const struct decoder *decoder;
	const char *path, *why;
	struct str data;
	size_t line = 0;

	log_open("dnstap-list-decode");
	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc != 2 && argc != 3)
		log_misuse("a command and at most one FILE are needed");
	decoder = find_decoder(argv[1]);
	path = argc == 3 && strcmp(argv[2], "-") != 0 ? argv[2] : "/dev/stdin";
	data = read_data(path, &input);
	confine();
	refuse_packed(path, data);
	why = decoder->decode(data, &out, &line);
	if (out.overflow)
		why = "more than 256 MiB of rules";
	if (why != NULL)
		report(path, line, why);
	if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		log_die("stdout: %s", strerror(errno));
	return decoder->decode == decode_guess && out.len == 0 ? 1 : 0;
}
