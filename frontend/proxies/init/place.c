/* Is /run/sallyport ready for the proxy? */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder that was there before must be ours: in a world-writable place anybody may have put a trap. */
static bool own_folder(const char *path, mode_t mode) {
	struct stat found;
	if (mkdir(path, mode) == 0) {
		return chmod(path, mode) == 0;
	}
	if (errno != EEXIST) {
		say("error", "The proxy cannot write to " RUN_DIR "; mount a tmpfs there, as in --tmpfs " RUN_DIR,
			"uid", number((long)geteuid()), "path", path, "cause", strerror(errno), NULL);
		return false;
	}
	if (lstat(path, &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != geteuid()) {
		say("error", "A path that the proxy needs belongs to somebody else; mount an empty tmpfs on " RUN_DIR,
			"path", path, "uid", number((long)geteuid()), "owner", number((long)found.st_uid), NULL);
		return false;
	}
	return chmod(path, mode) == 0;
}

/* nginx dies when it is told to listen on IPv6 and the kernel has none, so those lines are linked in only where it has. */
static bool link_ipv6(void) {
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	bool works = probe >= 0 && bind(probe, (struct sockaddr *)&any, sizeof any) == 0;
	if (probe >= 0) {
		close(probe);
	}
	unlink(IPV6_DIR "/https.conf");
	unlink(IPV6_DIR "/redirect.conf");
	return !works
		|| (symlink(CONF_DIR "/ipv6/https.conf", IPV6_DIR "/https.conf") == 0
			&& symlink(CONF_DIR "/ipv6/redirect.conf", IPV6_DIR "/redirect.conf") == 0);
}

bool prepare_place(void) {
	if (!own_folder(PROXY_DIR, 0755) || !own_folder(TLS_DIR, 0700) || !own_folder(IPV6_DIR, 0700)) {
		return false;
	}
	/* Left by a run that was killed: nginx would find its socket's address in use. */
	const char *stale[] = {PID_FILE, HEALTH_SOCKET, HEALTHY_FILE};
	for (size_t i = 0; i < sizeof stale / sizeof *stale; i++) {
		unlink(stale[i]);
	}
	return link_ipv6();
}
