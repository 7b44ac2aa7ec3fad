/* Would nginx start with this configuration? */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* nginx -t binds the listeners and unlinks the health socket: beside a running proxy it would break it. */
static bool proxy_runs(void) {
	char text[32] = "";
	FILE *file = fopen(PID_FILE, "re");
	if (file == NULL) {
		return false;
	}
	char *got = fgets(text, sizeof text, file);
	fclose(file);
	long pid = got == NULL ? 0 : atol(text);
	return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static int test_configuration(const struct settings *settings, const struct identity *identity) {
	char globals[128];
	char *arguments[PROXY_ARGUMENTS];
	pid_t pid = fork_clean(identity);
	if (pid == 0) {
		if (!prepare_place() || !install_certificate(settings, false)) {
			_exit(EXIT_SETTINGS);
		}
		/* nginx opens /dev/stdout by name for its access log; the build's own stdout may belong to another user. */
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(nowhere, STDOUT_FILENO);
		proxy_arguments(arguments, globals, identity, true);
		exec_tool(NGINX, arguments);
	}
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_PROXY;
}

/* The tree's own openssl counts; the supervisor has no cryptography of its own. */
static bool digest_of(const char *path, char digest[65]) {
	char output[512];
	char *arguments[] = {"dgst", "-sha256", "-r", (char *)path, NULL};
	if (run_tool(OPENSSL, arguments, output, sizeof output) != 0 || strspn(output, "0123456789abcdef") != 64) {
		return false;
	}
	memcpy(digest, output, 64);
	digest[64] = '\0';
	return true;
}

static bool version_of(char version[32]) {
	char output[512];
	char *arguments[] = {"-v", NULL};
	const char *at = run_tool(NGINX, arguments, output, sizeof output) == 0 ? strstr(output, "nginx/") : NULL;
	if (at == NULL) {
		return false;
	}
	snprintf(version, 32, "%.*s", (int)strspn(at + 6, "0123456789."), at + 6);
	return true;
}

static bool make_parents(char *path) {
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		bool made = mkdir(path, 0755) == 0 || errno == EEXIST;
		*slash = '/';
		if (!made) {
			return false;
		}
	}
	return true;
}

static int write_result(const char *folder) {
	char path[1024];
	char config[65];
	char binary[65];
	char version[32];
	if (!digest_of(NGINX_CONF, config) || !digest_of(NGINX, binary) || !version_of(version)) {
		fputs("sallyport-init: the tree's own programs do not answer\n", stderr);
		return EXIT_PROXY;
	}
	if ((size_t)snprintf(path, sizeof path, "%s" CONF_DIR "/checked.json", folder) >= sizeof path || !make_parents(path)) {
		fprintf(stderr, "sallyport-init: cannot make the folders of %s\n", path);
		return EXIT_PROXY;
	}
	FILE *file = fopen(path, "we");
	bool written = file != NULL && fprintf(file,
		"{\"config\":\"sha256:%s\",\"nginx\":\"%s\",\"nginxBinary\":\"sha256:%s\",\"result\":\"valid\"}\n",
		config, version, binary) > 0;
	if (file == NULL || fclose(file) != 0 || !written) {
		fprintf(stderr, "sallyport-init: cannot write %s: %s\n", path, strerror(errno));
		return EXIT_PROXY;
	}
	return 0;
}

int check(const char *out) {
	static struct settings settings;
	struct identity identity;
	if (proxy_runs()) {
		fputs("sallyport-init: the proxy is running here, and a check would take its sockets away; run it in a new container\n",
			stderr);
		return EXIT_WRONG_USAGE;
	}
	if (!read_settings(&settings) || !choose_identity(&identity)) {
		return EXIT_SETTINGS;
	}
	int status = test_configuration(&settings, &identity);
	return status == 0 && out != NULL ? write_result(out) : status;
}
