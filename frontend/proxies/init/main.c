/* What was asked for? */
#include "init.h"

static int usage(const char *complaint) {
	fprintf(stderr, "sallyport-init: %s\n"
		"usage: sallyport-init run -- COMMAND [ARGUMENT...]   start the application and the proxy in front of it\n"
		"       sallyport-init check [--out DIR]             test the proxy's configuration; needs " RUN_DIR "\n"
		"       sallyport-init health                        exit 0 when the application is healthy, 1 otherwise\n"
		"       sallyport-init purge [URL]                   forget cached answers; with a * at the end all that start so\n"
		"       sallyport-init version\n", complaint);
	return EXIT_WRONG_USAGE;
}

/* Does the proxy answer, and does it say that the application is healthy? */
static int health(void) {
	int status = ask(life.health_port > 0 ? "127.0.0.1" : NULL, life.health_port, life.proxy_health, 2500);
	puts(status == 200 ? "healthy" : status == 0 ? "the proxy does not answer" : "the application is not healthy");
	return status != 200;
}

static int purge(const char *url) {
	char path[900] = "/purge?url=";
	size_t length = url[0] == '\0' ? strlen("/purge") : strlen(path);
	for (; *url != '\0' && length + 4 < sizeof path; url++) length += (size_t)snprintf(path + length, 4, "%%%02x", (unsigned char)*url);
	path[length] = '\0';
	int status = *url == '\0' ? ask(NULL, 0, path, 10000) : 0;
	puts(status == 200 ? "purged" : "nothing was purged: this proxy keeps no answers, does not run, or does not know such a URL");
	return status != 200;
}

int main(int count, char **words) {
	const char *command = count > 1 ? words[1] : "";
	bool runs = strcmp(command, "run") == 0, checks = strcmp(command, "check") == 0, purges = strcmp(command, "purge") == 0;
	bool asks = strcmp(command, "health") == 0 && count == 2;
	if (strcmp(command, "version") == 0 && count == 2) return puts("sallyport-init 0.2.0") < 0;
	if (runs && (count < 3 || strcmp(words[2], "--") != 0)) return usage("run takes -- and then the application's command");
	if (checks && count != 2 && (count != 4 || strcmp(words[2], "--out") != 0)) return usage("check takes at most --out DIR");
	if (!runs && !checks && !asks && (!purges || count > 3)) return usage(*command == '\0' ? "no command given" : "unknown command or too many arguments");
	if (!read_settings()) return asks ? 1 : EXIT_SETTINGS;
	if (runs && count == 3 && life.port > 0)
		return usage("the image has neither an ENTRYPOINT nor a CMD, so there is no application to run; add a CMD");
	return runs ? run(words + 3) : checks ? check(count == 4 ? words[3] : NULL) : asks ? health() : purge(count == 3 ? words[2] : "");
}
