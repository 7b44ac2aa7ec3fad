/* Would the proxy start with this configuration? */
#include "init.h"

#define SAID PROXY_DIR "/said"

/* nginx -t binds the listeners and unlinks the health socket: beside a running proxy it would break it. */
static bool proxy_runs(void) {
	pid_t pid = (pid_t)atol(read_whole(open(PROXY_DIR "/nginx.pid", O_RDONLY | O_CLOEXEC)));
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Traefik has no test of its own: it is started and asked; what it complains of while it reads its files is what's wrong. */
static int test_traefik(pid_t pid) {
	int status = 0;
	for (int i = 0; i < 750 && status != 200 && status != 503; i++, poll(NULL, 0, 20))
		status = ask("127.0.0.1", life.health_port, life.proxy_health, 1000);
	for (int i = 0; i < 100 && (kill(pid, i == 99 ? SIGKILL : SIGTERM), waitpid(pid, NULL, WNOHANG)) == 0; i++) poll(NULL, 0, 20);
	const char *said = read_whole(open(SAID, O_RDONLY | O_CLOEXEC));
	bool complains = strstr(said, "\"level\":\"error\"") != NULL || strstr(said, "\"level\":\"fatal\"") != NULL;
	if ((status == 200 || status == 503) && !complains) return 0;
	fputs(said, stderr);
	return EXIT_PROXY;
}

static int test_configuration(void) {
	struct errand place, proxy;
	if (is_sent(&place, false)) _exit(prepare_place() && install_certificates(-1, true) && publish() ? 0 : EXIT_SETTINGS);
	int code = wait_for(place.pid);
	if (code != 0) return code;
	if (is_sent(&proxy, false)) {
		/* The proxy opens its streams by name; the build's own may belong to another user. */
		dup2(open(life.traefik ? SAID : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600), STDOUT_FILENO);
		if (life.traefik) dup2(STDOUT_FILENO, STDERR_FILENO);
		exec_proxy("-t");
	}
	return life.traefik ? test_traefik(proxy.pid) : wait_for(proxy.pid);
}

/* The tree's openssl counts the digests; its list of packages knows the version. */
static int write_result(const char *folder) {
	char path[1024], digests[3][65] = {"", "", ""}, version[32] = "";
	const char *engine = life.traefik ? "traefik" : "nginx";
	char *config = life.traefik ? CONF_DIR "/traefik.yaml" : CONF_DIR "/nginx.conf";
	int code;
	const char *said = run_openssl((char *[]){"dgst", "-sha256", "-r", config, life.traefik ? TREE("bin/traefik") : TREE("bin/nginx"),
		life.traefik ? CONF_DIR "/dynamic.yaml" : NULL, NULL}, -1, &code);
	sscanf(said, "%64s %*s %64s %*s %64s", digests[0], digests[1], digests[2]);
	said = strstr(read_whole(open(TREE("VERSIONS.json"), O_RDONLY | O_CLOEXEC)), life.traefik ? "\"traefik\":\"" : "\"nginx\":\"");
	if (said != NULL) sscanf(said + strlen(engine) + 4, "%31[0-9.]", version);
	bool fits = (size_t)snprintf(path, sizeof path, "%s" CONF_DIR "/checked.json", folder) < sizeof path;
	for (char *slash = fits ? strchr(path + 1, '/') : NULL; slash != NULL; *slash = '/', slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
	}
	FILE *file = fits && code == 0 ? fopen(path, "we") : NULL;
	bool written = file != NULL && fprintf(file, life.traefik
		? "{\"config\":\"sha256:%s\",\"%s\":\"%s\",\"%sBinary\":\"sha256:%s\",\"dynamic\":\"sha256:%s\",\"result\":\"valid\"}\n"
		: "{\"config\":\"sha256:%s\",\"%s\":\"%s\",\"%sBinary\":\"sha256:%s\",\"result\":\"valid\"}\n",
		digests[0], engine, version, engine, digests[1], digests[2]) > 0;
	if (written && fclose(file) == 0) return 0;
	fprintf(stderr, "sallyport-init: cannot write %s: %s\n", path, strerror(errno));
	return EXIT_PROXY;
}

int check(const char *out) {
	if (!choose_identity()) return EXIT_SETTINGS;
	if (proxy_runs()) {
		fputs("sallyport-init: the proxy is running here, and a check would take its sockets away; run it in a new container\n", stderr);
		return EXIT_WRONG_USAGE;
	}
	int code = test_configuration();
	return code == 0 && out != NULL ? write_result(out) : code;
}
