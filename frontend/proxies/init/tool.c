/* How do children and the tree's own programs run, whatever the base image is? */
#include "init.h"

pid_t fork_clean(void) {
	pid_t pid = fork();
	sigset_t none;
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setpgid(0, 0);
	}
	return pid;
}

bool is_sent(struct errand *errand, bool tells) {
	int ends[2] = {-1, -1};
	errand->due = now_ms() + 1000;
	if (tells && pipe2(ends, O_CLOEXEC) != 0) return false;
	errand->pid = fork_clean();
	bool child = errand->pid == 0;
	if (child && !become_proxy()) _exit(EXIT_SETTINGS);
	if (tells) close(ends[child ? 0 : 1]);
	errand->told = ends[child ? 1 : 0];
	return child;
}

bool has_ended(struct errand *errand, pid_t pid) {
	if (errand->pid != pid) return false;
	errand->pid = 0;
	return true;
}

int code_of(int status) {
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	return pid > 0 ? code_of(status) : -1;
}

char *read_whole(int fd) {
	static char text[32768];
	size_t length = 0;
	for (ssize_t got = 1; length + 1 < sizeof text && (got > 0 || (got < 0 && errno == EINTR)); length += got > 0 ? (size_t)got : 0)
		got = read(fd, text + length, sizeof text - 1 - length);
	text[length] = '\0';
	if (fd >= 0) close(fd);
	return text;
}

const char *tree_file(const char *name) {
	static char paths[4][96];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "/opt/sallyport/%s/%s", life.traefik ? "traefik" : "nginx", name);
	return path;
}

/*
 * Nothing of the container's environment gets to the proxy: LD_PRELOAD of a musl library kills a glibc program, NGINX=
 * names inherited sockets, and the application's secrets are none of its business.
 */
static _Noreturn void exec_tree(char *words[], char *environment[]) {
	execve(words[0], words, environment);
	say("error", "The proxy's tree is damaged: a program of it cannot be run", "file", words[0], "cause", strerror(errno), NULL);
	_exit(EXIT_SETTINGS);
}

/* Through the tree's loader, for the image may have none or another. njs lies beside the tree where a plan needs it. */
static _Noreturn void exec_loaded(const char *program, char *const arguments[]) {
	char libraries[128], *words[48] = {(char *)tree_file("lib/loader"), "--inhibit-cache", "--library-path", libraries, "--argv0",
		strrchr(program, '/') + 1, (char *)program};
	snprintf(libraries, sizeof libraries, "%s:/opt/sallyport/njs", tree_file("lib"));
	for (size_t count = 7; *arguments != NULL && count < 47; count++) words[count] = *arguments++;
	/* Named, for the base image's own may ask for modules that the tree hasn't. */
	exec_tree(words, (char *[]){"OPENSSL_CONF=/dev/null", NULL});
}

void exec_proxy(const char *mode) {
	char setting[64];
	if (life.traefik) {
		snprintf(setting, sizeof setting, "SALLYPORT_INSTANCES=%d", life.instance_count);
		if (chdir(tree_file("")) != 0) _exit(EXIT_SETTINGS); /* It looks for its plugins there. */
		bool rsa = access(TLS_DIR "/tls.rsa.crt", F_OK) == 0;
		exec_tree((char *[]){(char *)tree_file("bin/traefik"), "--configFile=" CONF_DIR "/traefik.yaml", NULL}, (char *[]){setting,
			life.command == NULL ? "SALLYPORT_CHECK=1" : rsa ? "SALLYPORT_RSA=1" : NULL, NULL});
	}
	snprintf(setting, sizeof setting, "worker_processes %d;%s", cpu_count(), life.stays_root ? " user root root;" : "");
	exec_loaded(tree_file("bin/nginx"), (char *[]){"-p", (char *)tree_file(""), "-e", "stderr", "-c", CONF_DIR "/nginx.conf",
		"-g", setting, (char *)mode, NULL});
}

char *run_openssl(char *const arguments[], int input, int *code) {
	struct errand errand;
	if (is_sent(&errand, true)) {
		dup2(input, STDIN_FILENO);
		dup2(errand.told, STDOUT_FILENO);
		dup2(errand.told, STDERR_FILENO);
		exec_loaded(tree_file("bin/openssl"), arguments);
	}
	char *output = read_whole(errand.told);
	*code = wait_for(errand.pid);
	return output;
}
