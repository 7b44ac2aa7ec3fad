/* How is nginx started? */
#include "init.h"

#include <stdio.h>
#include <unistd.h>

void proxy_arguments(char *arguments[PROXY_ARGUMENTS], char globals[128], const struct identity *identity, bool test) {
	size_t count = 0;
	snprintf(globals, 128, "worker_processes %d;%s", worker_count(), identity->stays_root ? " user root root;" : "");
	arguments[count++] = "-p";
	arguments[count++] = TREE;
	arguments[count++] = "-e";
	arguments[count++] = "stderr";
	arguments[count++] = "-c";
	arguments[count++] = NGINX_CONF;
	arguments[count++] = "-g";
	arguments[count++] = globals;
	if (test) {
		arguments[count++] = "-t";
	}
	arguments[count] = NULL;
}

pid_t start_proxy(const struct identity *identity, int out, int err) {
	pid_t pid = fork_clean(identity);
	if (pid != 0) {
		return pid;
	}
	char globals[128];
	char *arguments[PROXY_ARGUMENTS];
	setpgid(0, 0);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	proxy_arguments(arguments, globals, identity, false);
	exec_tool(NGINX, arguments);
}
