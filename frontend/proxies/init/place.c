/* As whom does the proxy run, where, and on how many CPUs? */
#include "init.h"

#define NOBODY 65532
/* CAP_KILL, CAP_SETGID, CAP_SETUID: to leave root, and still to be obeyed afterwards. */
#define NEEDED (1ULL << 5 | 1ULL << 6 | 1ULL << 7)

unsigned long long proc_set(pid_t pid, const char *key) {
	char text[256];
	unsigned long long set = 0;
	snprintf(text, sizeof text, "/proc/%ld/status", (long)pid);
	FILE *file = fopen(text, "re");
	while (file != NULL && fgets(text, sizeof text, file) != NULL) {
		if (strncmp(text, key, strlen(key)) == 0) {
			set = strtoull(text + strlen(key), NULL, 16);
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return set;
}

static bool names_root(const char *path) {
	char text[512];
	bool found = false;
	FILE *file = fopen(path, "re");
	while (!found && file != NULL && fgets(text, sizeof text, file) != NULL) {
		found = strncmp(text, "root:", 5) == 0;
	}
	if (file != NULL) {
		fclose(file);
	}
	return found;
}

bool choose_identity(void) {
	if (geteuid() != 0) {
		return true;
	}
	life.drops = (proc_set(getpid(), "CapEff:") & NEEDED) == NEEDED;
	/* nginx as root insists on looking a user up by name; it accepts root itself where the image knows that name. */
	life.stays_root = !life.drops && !life.settings.traefik;
	if (life.stays_root && !(names_root("/etc/passwd") && names_root("/etc/group"))) {
		say("error", "The container runs as root without the capabilities SETUID, SETGID and KILL, and the image has no /etc/passwd,"
			" so the proxy can neither leave root nor name it; run with --user 65532:65532, or keep the capabilities", NULL);
		return false;
	}
	return true;
}

bool become_proxy(void) {
	if (life.drops && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0
		|| setresuid(NOBODY, NOBODY, NOBODY) != 0)) {
		say("error", "The proxy's user could not be taken on", "uid", number(NOBODY), "cause", strerror(errno), NULL);
		return false;
	}
	/* The proxy never needs a setuid program, whatever the application does. */
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* A folder that was there before must be ours: in a world-writable place anybody may have put a trap. */
static bool own_folder(const char *path, mode_t mode) {
	struct stat found;
	bool made = mkdir(path, mode) == 0;
	if (!made && errno != EEXIST) {
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

/* Parts of the configuration hold only where something is there; nginx includes what is linked. */
bool link_when(bool there, const char *folder, const char *file) {
	char from[128], to[128];
	snprintf(from, sizeof from, CONF_DIR "/%s/%s", folder, file);
	snprintf(to, sizeof to, PROXY_DIR "/%s/%s", folder, file);
	unlink(to);
	return !there || symlink(from, to) == 0;
}

bool prepare_place(void) {
	const char *folders[] = {PROXY_DIR, TLS_DIR, PROXY_DIR "/ipv6", PROXY_DIR "/rsa", PROXY_DIR "/upstreams"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (!own_folder(folders[i], i == 0 ? 0755 : 0700)) {
			return false;
		}
	}
	/* Left by a run that was killed: nginx would find its socket's address in use. */
	unlink(PROXY_DIR "/nginx.pid");
	unlink(HEALTH_SOCKET);
	unlink(HEALTHY_FILE);
	/* nginx dies when it is told to listen on IPv6 and the kernel has none. */
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	bool works = probe >= 0 && bind(probe, (struct sockaddr *)&any, sizeof any) == 0;
	close(probe);
	return link_when(works, "ipv6", "https.conf") && link_when(works, "ipv6", "redirect.conf");
}

/* cgroup v2 writes quota and period into one file ("max" for no limit, which doesn't scan), v1 into two (-1). */
int cpu_count(void) {
	const char *files[] = {"/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"};
	double numbers[2] = {0, 0};
	cpu_set_t set;
	int got = 0;
	for (int i = 0; i < 3 && got < 2; i++) {
		FILE *file = fopen(files[i], "re");
		if (file != NULL) {
			got += fscanf(file, got == 0 ? "%lf %lf" : "%lf", &numbers[got], &numbers[1]) > 0 ? (i == 0 ? 2 : 1) : 0;
			fclose(file);
		}
	}
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	double limit = numbers[0] > 0 && numbers[1] > 0 ? numbers[0] / numbers[1] : count;
	count = limit < count ? (int)limit + (limit > (int)limit) : count;
	/* More workers than 8 never paid off in front of one application, and every one costs memory. */
	return count < 1 ? 1 : count > 8 ? 8 : count;
}
