#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 20

int code_of(int status) {
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Starts words of the image as the container would. A failure to do so is written to `cause`, which closes when it works.
static void become_command(struct trial *trial, char *const words[], const int cause[2]) {
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	// Whoever started us has set it for the user that we are here.
	if (!trial->asked.keep_home) {
		setenv("HOME", trial->user.home[0] == '\0' ? "/" : trial->user.home, 1);
	}
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(trial->output[1], STDOUT_FILENO) >= 0
		&& dup2(trial->output[1], STDERR_FILENO) >= 0 && become_user(&trial->user)) {
		execvp(words[0], words);
	}
	int error = errno;
	if (write(cause[1], &error, sizeof error) < 0) {
		_exit(126);
	}
	_exit(127);
}


pid_t start_words(struct trial *trial, char *const words[]) {
	int cause[2];
	if (pipe2(cause, O_CLOEXEC) != 0) {
		return -1;
	}
	pid_t pid = fork();
	if (pid == 0) {
		become_command(trial, words, cause);
	}
	int error = pid < 0 ? errno : 0;
	close(cause[1]);
	if (pid > 0 && read(cause[0], &error, sizeof error) == (ssize_t)sizeof error) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
		}
		pid = -1;
	}
	close(cause[0]);
	errno = error;
	return pid;
}

// Whatever lost its parent comes here too, and is only reaped.
static void reap(struct trial *trial) {
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == trial->application) {
			trial->has_ended = true;
			trial->status = status;
		} else if (pid == trial->check) {
			trial->check = 0;
			trial->check_code = code_of(status);
			trial->check_passed = trial->check_code == 0;
		}
	}
}

void take_output(struct trial *trial) {
	char bytes[8192];
	// As much as a pipe holds and no more: who writes for ever must not keep us here.
	for (int times = 0; times < 8; times += 1) {
		ssize_t got = read(trial->output[0], bytes, sizeof bytes);
		if (got <= 0) {
			return;
		}
		tail_take(&trial->tail, bytes, (size_t)got);
	}
}

void step(struct trial *trial) {
	struct pollfd output = {.fd = trial->output[0], .events = POLLIN};
	if (poll(&output, 1, STEP_MS) > 0) {
		take_output(trial);
		struct timespec pause = {0, 1000000};
		nanosleep(&pause, NULL);
	}
	reap(trial);
}
