/* What was asked for? */
#include "init.h"

static int usage(const char *complaint) {
	fprintf(stderr, "sallyport-init: %s\n", complaint);
	fputs("usage: sallyport-init run -- COMMAND [ARGUMENT...]   start the application and the proxy in front of it\n"
		"       sallyport-init check [--out DIR]             test the proxy's configuration; needs " RUN_DIR "\n"
		"       sallyport-init health                        exit 0 when the application is healthy, 1 otherwise\n"
		"       sallyport-init version\n", stderr);
	return EXIT_WRONG_USAGE;
}

/* Does the proxy answer, and does it say that the application is healthy? */
static int health(void) {
	if (!read_settings()) {
		return 1;
	}
	const struct settings *settings = &life.settings;
	int status = ask(settings->health_port > 0 ? "127.0.0.1" : NULL, settings->health_port, settings->proxy_health, 2500);
	puts(status == 200 ? "healthy" : status == 0 ? "the proxy does not answer" : "the application is not healthy");
	return status == 200 ? 0 : 1;
}

int main(int count, char **words) {
	const char *command = count > 1 ? words[1] : "";
	if (strcmp(command, "run") == 0) {
		return count < 3 || strcmp(words[2], "--") != 0 ? usage("run takes -- and then the application's command")
			: !read_settings() ? EXIT_SETTINGS
			: count == 3 && life.settings.port > 0
				? usage("the image has neither an ENTRYPOINT nor a CMD, so there is no application to run; add a CMD")
			: run(words + 3);
	}
	if (strcmp(command, "check") == 0) {
		return count == 2 ? check(NULL)
			: count == 4 && strcmp(words[2], "--out") == 0 ? check(words[3]) : usage("check takes at most --out DIR");
	}
	if (strcmp(command, "health") == 0 && count == 2) {
		return health();
	}
	if (strcmp(command, "version") == 0 && count == 2) {
		return puts("sallyport-init 0.2.0") < 0;
	}
	return usage(*command == '\0' ? "no command given" : "unknown command or too many arguments");
}
