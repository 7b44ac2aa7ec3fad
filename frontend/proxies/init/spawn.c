/* How does a child start clean? */
#include "init.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

pid_t fork_clean(const struct identity *identity) {
	pid_t pid = fork();
	if (pid != 0) {
		return pid;
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (identity != NULL && !become(identity)) {
		_exit(EXIT_SETTINGS);
	}
	return 0;
}

long now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}
