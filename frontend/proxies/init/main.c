/* What was asked for? */
#include "init.h"

#include <stdio.h>
#include <string.h>

static int usage(const char *complaint) {
	fprintf(stderr, "sallyport-init: %s\n", complaint);
	fputs("usage: sallyport-init run -- COMMAND [ARGUMENT...]   start the application and the proxy in front of it\n"
		"       sallyport-init check [--out DIR]             test the proxy's configuration; needs " RUN_DIR "\n"
		"       sallyport-init health                        exit 0 when the application is healthy, 1 otherwise\n"
		"       sallyport-init version\n", stderr);
	return EXIT_WRONG_USAGE;
}

int main(int count, char **words) {
	const char *command = count > 1 ? words[1] : "";
	if (strcmp(command, "run") == 0) {
		if (count < 3 || strcmp(words[2], "--") != 0) {
			return usage("run takes -- and then the application's command");
		}
		return count > 3 ? run(words + 3)
			: usage("the image has neither an ENTRYPOINT nor a CMD, so there is no application to run; add a CMD");
	}
	if (strcmp(command, "check") == 0) {
		if (count == 2) {
			return check(NULL);
		}
		return count == 4 && strcmp(words[2], "--out") == 0 ? check(words[3]) : usage("check takes at most --out DIR");
	}
	if (strcmp(command, "health") == 0 && count == 2) {
		return health();
	}
	if (strcmp(command, "version") == 0 && count == 2) {
		puts("sallyport-init " INIT_VERSION);
		return 0;
	}
	return usage(*command == '\0' ? "no command given" : "unknown command or too many arguments");
}
