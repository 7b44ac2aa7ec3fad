/* How does the application run beside the proxy as if it were alone? */
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Environment, working directory and the three standard streams are the container's own, untouched. */
pid_t start_application(char *const argv[]) {
	pid_t pid = fork_clean(NULL);
	if (pid != 0) {
		return pid;
	}
	setpgid(0, 0);
	if (isatty(STDIN_FILENO)) {
		/* A background group may not set the terminal's foreground group unless it ignores SIGTTOU. */
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, getpgrp());
		signal(SIGTTOU, SIG_DFL);
	}
	execvp(argv[0], argv);
	int cause = errno;
	say("error", "The application's command cannot be run; is its ENTRYPOINT or CMD in the image, and executable?",
		"command", argv[0], "cause", strerror(cause), NULL);
	_exit(cause == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

static bool handles(pid_t pid, int signal) {
	char path[64];
	char text[256];
	unsigned long long caught = ~0ULL;
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		return true;
	}
	while (fgets(text, sizeof text, file) != NULL) {
		if (strncmp(text, "SigCgt:", 7) == 0) {
			caught = strtoull(text + 7, NULL, 16);
		}
	}
	fclose(file);
	return (caught >> (signal - 1) & 1) != 0;
}

void forward_signal(pid_t application, int signal) {
	if (application > 0 && signal <= 64 && handles(application, signal)) {
		kill(application, signal);
	}
}
