#include "test.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"closure", run_closure},
	{"harden", run_harden},
	{"inspect", run_inspect},
	{"test", run_test},
	{NULL, NULL},
};

int main(int argc, char **argv) {
	for (size_t at = 0; argc > 1 && commands[at].name != NULL; at += 1) {
		if (strcmp(argv[1], commands[at].name) == 0) {
			return commands[at].run(argc - 1, argv + 1);
		}
	}
	fputs("usage: tool COMMAND [OPTION]...\n", stderr);
	return USAGE;
}
