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

bool is_due(const struct errand *errand) {
	return errand->pid <= 0 && due(errand->due);
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

int wait_for(pid_t pid) {
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
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
static _Noreturn void exec_loaded(char *program, char *const arguments[]) {
	char *words[48] = {TREE("lib/loader"), "--inhibit-cache", "--library-path", TREE("lib:/opt/sallyport/njs"), "--argv0",
		strrchr(program, '/') + 1, program};
	for (size_t count = 7; *arguments != NULL && count < 47; count++) words[count] = *arguments++;
	/* Named, for the base image's own may ask for modules that the tree hasn't. Memory that every `map` borrows isn't given back each time. */
	exec_tree(words, (char *[]){"OPENSSL_CONF=/dev/null", "MALLOC_TRIM_THRESHOLD_=8000000", "MALLOC_MMAP_THRESHOLD_=8000000", NULL});
}

void exec_proxy(const char *mode) {
	char setting[64];
	if (life.traefik && chdir(TREE("")) == 0) { /* It looks for its plugins there. */
		snprintf(setting, sizeof setting, "SALLYPORT_INSTANCES=%d", life.instance_count);
		char *more = life.command == NULL ? "SALLYPORT_CHECK=1" : access(TLS_DIR "/tls.rsa.crt", F_OK) == 0 ? "SALLYPORT_RSA=1" : NULL;
		exec_tree((char *[]){TREE("bin/traefik"), "--configFile=" CONF_DIR "/traefik.yaml", NULL}, (char *[]){setting, more, NULL});
	}
	snprintf(setting, sizeof setting, "worker_processes %d;%s", cpu_count(), life.stays_root ? " user root root;" : "");
	exec_loaded(TREE("bin/nginx"),
		(char *[]){"-p", TREE(""), "-e", "stderr", "-c", CONF_DIR "/nginx.conf", "-g", setting, (char *)mode, NULL});
}

char *run_openssl(char *const arguments[], int input, int *code) {
	struct errand errand;
	if (is_sent(&errand, true)) {
		dup2(input, STDIN_FILENO);
		dup2(errand.told, STDOUT_FILENO);
		dup2(errand.told, STDERR_FILENO);
		exec_loaded(TREE("bin/openssl"), arguments);
	}
	char *output = read_whole(errand.told);
	*code = wait_for(errand.pid);
	return output;
}
