/* How do children and the tree's own programs run, whatever the base image is? */
#include "init.h"

pid_t fork_clean(void) {
	pid_t pid = fork();
	if (pid == 0) {
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setpgid(0, 0);
	}
	return pid;
}

pid_t errand(int *told) {
	int ends[2] = {-1, -1};
	if (told != NULL && pipe2(ends, O_CLOEXEC) != 0) {
		return -1;
	}
	pid_t pid = fork_clean();
	if (pid == 0 && !become_proxy()) {
		_exit(EXIT_SETTINGS);
	}
	if (told != NULL) {
		close(ends[pid == 0 ? 0 : 1]);
		*told = ends[pid == 0 ? 1 : 0];
	}
	return pid;
}

int code_of(int status) {
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
	int status = -1;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return pid > 0 ? code_of(status) : -1;
}

size_t read_whole(int fd, char *text, size_t capacity) {
	size_t length = 0;
	char rest[512];
	for (ssize_t got = 1; got > 0 || (got < 0 && errno == EINTR);) {
		bool full = length + 1 >= capacity;
		got = full ? read(fd, rest, sizeof rest) : read(fd, text + length, capacity - 1 - length);
		length += full || got < 0 ? 0 : (size_t)got;
	}
	text[length] = '\0';
	close(fd);
	return length;
}

const char *tree_file(const char *name) {
	static char paths[4][96];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "/opt/sallyport/%s/%s", life.settings.traefik ? "traefik" : "nginx", name);
	return path;
}

/*
 * Nothing of the container's environment gets to the proxy: LD_PRELOAD of a musl library kills a glibc program, NGINX=
 * names inherited sockets, and the application's secrets are none of its business. The OpenSSL configuration is named,
 * for the base image's own may ask for modules that the tree hasn't.
 */
static void exec_tree(char *words[], char *setting) {
	char *environment[] = {setting, NULL};
	execve(words[0], words, environment);
	say("error", "The proxy's tree is damaged: a program of it cannot be run", "file", words[0], "cause", strerror(errno), NULL);
	_exit(EXIT_SETTINGS);
}

/* Through the loader of the tree, for the image may have none or another. */
static void exec_loaded(const char *program, char *const arguments[]) {
	/* njs lies beside the tree, where a plan needs it. */
	char libraries[128];
	snprintf(libraries, sizeof libraries, "%s:/opt/sallyport/njs", tree_file("lib"));
	char *words[48] = {(char *)tree_file("lib/loader"), "--inhibit-cache", "--library-path", libraries, "--argv0",
		strrchr(program, '/') + 1, (char *)program};
	for (size_t count = 7; *arguments != NULL && count < 47; count++) {
		words[count] = *arguments++;
	}
	exec_tree(words, "OPENSSL_CONF=/dev/null");
}

void exec_proxy(const char *mode) {
	char setting[64];
	if (life.settings.traefik) {
		char *words[] = {(char *)tree_file("bin/traefik"), "--configFile=" CONF_DIR "/traefik.yaml", NULL};
		snprintf(setting, sizeof setting, "SALLYPORT_INSTANCES=%d", life.settings.instances);
		if (chdir(tree_file("")) == 0) {
			exec_tree(words, setting);
		}
		_exit(EXIT_SETTINGS);
	}
	snprintf(setting, sizeof setting, "worker_processes %d;%s", cpu_count(), life.stays_root ? " user root root;" : "");
	char *arguments[] = {"-p", (char *)tree_file(""), "-e", "stderr", "-c", CONF_DIR "/nginx.conf", "-g", setting, (char *)mode, NULL};
	exec_loaded(tree_file("bin/nginx"), arguments);
	_exit(EXIT_SETTINGS);
}

int run_openssl(char *const arguments[], char *output, size_t capacity) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -1;
	}
	pid_t pid = fork_clean();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		exec_loaded(tree_file("bin/openssl"), arguments);
	}
	close(ends[1]);
	read_whole(ends[0], output, capacity);
	return wait_for(pid);
}
