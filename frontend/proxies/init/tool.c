/* How do the tree's programs run, whatever the base image is? */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 40

/*
 * Nothing of the container's environment gets to the proxy: LD_PRELOAD of a musl library kills a glibc program, NGINX=
 * names inherited sockets, and the application's secrets are none of its business. The OpenSSL configuration is named,
 * for the base image's own may ask for modules that the tree hasn't.
 */
void exec_tool(const char *program, char *const arguments[]) {
	char *environment[3] = {"OPENSSL_CONF=/dev/null", NULL, NULL};
	char *words[MAX_WORDS] = {LOADER, "--inhibit-cache", "--library-path", LIBRARIES, "--argv0",
		strrchr(program, '/') + 1, (char *)program};
	size_t count = 7;
	for (size_t i = 0; arguments[i] != NULL && count < MAX_WORDS - 1; i++) {
		words[count++] = arguments[i];
	}
	words[count] = NULL;
	execve(LOADER, words, environment);
	say("error", "The proxy's tree is damaged: its loader cannot be run", "file", LOADER, "cause", strerror(errno), NULL);
	_exit(EXIT_SETTINGS);
}

static void catch_output(int pipe_fd, char *output, size_t capacity) {
	size_t length = 0;
	char rest[512];
	for (;;) {
		bool full = length + 1 >= capacity;
		ssize_t got = full ? read(pipe_fd, rest, sizeof rest) : read(pipe_fd, output + length, capacity - 1 - length);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			break;
		}
		length += full ? 0 : (size_t)got;
	}
	output[length] = '\0';
}

int run_tool(const char *program, char *const arguments[], char *output, size_t capacity) {
	int pipes[2] = {-1, -1};
	if (output != NULL && pipe(pipes) != 0) {
		return -1;
	}
	pid_t pid = fork_clean(NULL);
	if (pid == 0) {
		if (output != NULL) {
			dup2(pipes[1], STDOUT_FILENO);
			dup2(pipes[1], STDERR_FILENO);
			close(pipes[0]);
			close(pipes[1]);
		}
		exec_tool(program, arguments);
	}
	if (output != NULL) {
		close(pipes[1]);
		catch_output(pipes[0], output, capacity);
		close(pipes[0]);
	}
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
