/* Would the proxy start with this configuration? */
#include "init.h"

/* nginx -t binds the listeners and unlinks the health socket: beside a running proxy it would break it. */
static bool proxy_runs(void) {
	char text[32] = "";
	int fd = open(PROXY_DIR "/nginx.pid", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return false;
	}
	read_whole(fd, text, sizeof text);
	return atol(text) > 0 && (kill((pid_t)atol(text), 0) == 0 || errno == EPERM);
}

static int test_configuration(void) {
	pid_t pid = errand(NULL);
	if (pid == 0) {
		if (!prepare_place() || !install_certificates(-1) || !publish()) {
			_exit(EXIT_SETTINGS);
		}
		/* nginx opens /dev/stdout by name for its access log; the build's own stdout may belong to another user. */
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(nowhere, STDOUT_FILENO);
		exec_proxy("-t");
	}
	return wait_for(pid);
}

/* The tree's own openssl counts; the supervisor has no cryptography of its own. */
static bool digest_of(const char *path, char digest[65]) {
	char output[512];
	char *arguments[] = {"dgst", "-sha256", "-r", (char *)path, NULL};
	bool fine = run_openssl(arguments, output, sizeof output) == 0 && strspn(output, "0123456789abcdef") == 64;
	snprintf(digest, 65, "%.64s", fine ? output : "");
	return fine;
}

static bool make_parents(char *path) {
	bool made = true;
	for (char *slash = strchr(path + 1, '/'); made && slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		made = mkdir(path, 0755) == 0 || errno == EEXIST;
		*slash = '/';
	}
	return made;
}

static int write_result(const char *folder) {
	char path[1024], config[65], binary[65], versions[2048], version[32];
	read_whole(open(tree_file("VERSIONS.json"), O_RDONLY | O_CLOEXEC), versions, sizeof versions);
	between(versions, "\"nginx\":\"", "-", version, sizeof version);
	if (!digest_of(CONF_DIR "/nginx.conf", config) || !digest_of(tree_file("bin/nginx"), binary)) {
		fputs("sallyport-init: the tree's own programs do not answer\n", stderr);
		return EXIT_PROXY;
	}
	bool fits = (size_t)snprintf(path, sizeof path, "%s" CONF_DIR "/checked.json", folder) < sizeof path;
	FILE *file = fits && make_parents(path) ? fopen(path, "we") : NULL;
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
	if (!read_settings() || !choose_identity()) {
		return EXIT_SETTINGS;
	}
	if (proxy_runs()) {
		fputs("sallyport-init: the proxy is running here, and a check would take its sockets away; run it in a new container\n",
			stderr);
		return EXIT_WRONG_USAGE;
	}
	int status = test_configuration();
	return status == 0 && out != NULL ? write_result(out) : status;
}
