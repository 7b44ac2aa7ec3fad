/* As whom does the proxy run, where, and on how many CPUs? */
#include "init.h"

#define NOBODY 65532
/* CAP_KILL, CAP_SETGID, CAP_SETUID: to leave root, and still to be obeyed afterwards. */
#define NEEDED (1ULL << 5 | 1ULL << 6 | 1ULL << 7)

/* Reads the hexadecimal number that follows `key` at the start of a line, if there is one. */
static bool has_line(const char *path, const char *key, unsigned long long *value) {
	char text[512];
	bool found = false;
	FILE *file = fopen(path, "re");
	if (file == NULL) return false;
	while (!found && fgets(text, sizeof text, file) != NULL) found = strncmp(text, key, strlen(key)) == 0;
	*value = found ? strtoull(text + strlen(key), NULL, 16) : 0;
	fclose(file);
	return found;
}

unsigned long long proc_set(pid_t pid, const char *key) {
	char path[64];
	unsigned long long value;
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	return has_line(path, key, &value) ? value : 0;
}

bool choose_identity(void) {
	unsigned long long ignored;
	if (geteuid() != 0) return true;
	life.drops = (proc_set(getpid(), "CapEff:") & NEEDED) == NEEDED;
	/* nginx as root insists on looking a user up by name; it accepts root itself where the image knows that name. */
	life.stays_root = !life.drops && !life.traefik;
	return !life.stays_root || (has_line("/etc/passwd", "root:", &ignored) && has_line("/etc/group", "root:", &ignored))
		|| say("error", "The container runs as root without the capabilities SETUID, SETGID and KILL, and the image has no"
			" /etc/passwd, so the proxy can neither leave root nor name it; run with --user 65532:65532, or keep the capabilities", NULL);
}

bool become_proxy(void) {
	if (life.drops && geteuid() == 0
		&& (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
		return say("error", "The proxy's user could not be taken on", "uid", number(NOBODY), "cause", strerror(errno), NULL);
	/* The proxy never needs a setuid program, whatever the application does. */
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* A folder that was there before must be ours: in a world-writable place anybody may have put a trap. */
static bool own_folder(const char *path, mode_t mode) {
	struct stat found;
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return say("error", "The proxy cannot write to " RUN_DIR "; mount a tmpfs there, as in --tmpfs " RUN_DIR,
			"uid", number((long)geteuid()), "path", path, "cause", strerror(errno), NULL);
	return (lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() && chmod(path, mode) == 0)
		|| say("error", "A path that the proxy needs belongs to somebody else; mount an empty tmpfs on " RUN_DIR, "path", path, NULL);
}

/* Parts of the configuration hold only where something is there: nginx includes the ones that are linked. */
bool link_when(bool there, const char *file) {
	char from[128], to[128];
	snprintf(from, sizeof from, CONF_DIR "/%s", file);
	snprintf(to, sizeof to, PROXY_DIR "/%s", file);
	unlink(to);
	return !there || access(from, F_OK) != 0 || symlink(from, to) == 0;
}

static int discard(const char *path, const struct stat *found, int kind, struct FTW *place) {
	(void)found, (void)kind;
	return place->level == 0 ? 0 : remove(path);
}

bool prepare_place(void) {
	static const char *const folders[] = {PROXY_DIR, TLS_DIR, PROXY_DIR "/ipv6", PROXY_DIR "/tls", PROXY_DIR "/upstreams"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (!own_folder(folders[i], i == 0 ? 0755 : 0700)) return false;
	/* Left by a run that was killed: nginx would find its socket's address in use. And nobody knows whose answers a cache holds. */
	unlink(PROXY_DIR "/nginx.pid");
	unlink(PROXY_DIR "/health.sock");
	unlink(PROXY_DIR "/healthy");
	nftw(PROXY_DIR "/cache", discard, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	/* nginx dies when it is told to listen on IPv6 and the kernel has none. */
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool works = probe >= 0 && bind(probe, (struct sockaddr *)&any, sizeof any) == 0;
	close(probe);
	return link_when(works, "ipv6/https.conf") && link_when(works, "ipv6/redirect.conf") && link_when(works, "ipv6/metrics.conf");
}

/* As the proxy will: on every address. What listens on one of them is in the way as well. */
static bool is_free(int family, int port) {
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_ANY_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int on = 1, probe = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe < 0) return true; /* No such family here: nobody listens there. */
	setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (family == AF_INET6) setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	bool taken = bind(probe, family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six,
		family == AF_INET ? sizeof four : sizeof six) != 0 && errno == EADDRINUSE;
	close(probe);
	return !taken;
}

bool ports_are_free(void) {
	for (int i = 0; i < life.listen_count; i++)
		if (!is_free(AF_INET, life.listens[i]) || !is_free(AF_INET6, life.listens[i]))
			return say("error", "The proxy cannot listen: its port is taken, by the application or by who shares this network;"
				" let the application listen on another port", "port", number(life.listens[i]), NULL);
	return true;
}

static double number_in(const char *path, const char *format) {
	double value = 0;
	FILE *file = fopen(path, "re");
	if (file != NULL && fscanf(file, format, &value) != 1) value = 0; /* "max" */
	if (file != NULL) fclose(file);
	return value;
}

/* The limit of cgroup v2 or v1, else what the process may run on. More workers than 8 never paid off in front of one application. */
int cpu_count(void) {
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	double quota = number_in("/sys/fs/cgroup/cpu.max", "%lf"), period = number_in("/sys/fs/cgroup/cpu.max", "%*f %lf");
	quota = quota > 0 ? quota : number_in("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "%lf");
	period = period > 0 ? period : number_in("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "%lf");
	if (quota > 0 && period > 0 && quota / period < count) count = (int)(quota / period + 0.999);
	return count < 1 ? 1 : count > 8 ? 8 : count;
}
