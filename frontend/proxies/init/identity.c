/* Which user do the proxy's processes run as? */
#include "init.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65532
#define CAP_SETGID_BIT 6
#define CAP_SETUID_BIT 7

static unsigned long long effective_capabilities(void) {
	char text[256];
	unsigned long long set = 0;
	FILE *file = fopen("/proc/self/status", "re");
	if (file == NULL) {
		return 0;
	}
	while (fgets(text, sizeof text, file) != NULL) {
		if (strncmp(text, "CapEff:", 7) == 0) {
			set = strtoull(text + 7, NULL, 16);
		}
	}
	fclose(file);
	return set;
}

static bool names_root(const char *path) {
	char text[512];
	bool found = false;
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		return false;
	}
	while (!found && fgets(text, sizeof text, file) != NULL) {
		found = strncmp(text, "root:", 5) == 0;
	}
	fclose(file);
	return found;
}

bool choose_identity(struct identity *identity) {
	*identity = (struct identity){.uid = geteuid(), .gid = getegid()};
	if (identity->uid != 0) {
		return true;
	}
	unsigned long long needed = 1ULL << CAP_SETUID_BIT | 1ULL << CAP_SETGID_BIT;
	if ((effective_capabilities() & needed) == needed) {
		*identity = (struct identity){.drops = true, .uid = NOBODY, .gid = NOBODY};
		return true;
	}
	/* nginx as root insists on looking a user up by name; it accepts root itself where the image knows that name. */
	if (names_root("/etc/passwd") && names_root("/etc/group")) {
		identity->stays_root = true;
		return true;
	}
	say("error", "The container runs as root without the capabilities SETUID and SETGID, and the image has no /etc/passwd,"
		" so the proxy can neither leave root nor name it; run with --user 65532:65532, or keep both capabilities", NULL);
	return false;
}

bool become(const struct identity *identity) {
	if (identity->drops
		&& (setgroups(0, NULL) != 0 || setresgid(identity->gid, identity->gid, identity->gid) != 0
			|| setresuid(identity->uid, identity->uid, identity->uid) != 0)) {
		say("error", "The proxy's user could not be taken on", "uid", number((long)identity->uid), "cause", strerror(errno),
			NULL);
		return false;
	}
	/* The proxy never needs a setuid program, whatever the application does. */
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
