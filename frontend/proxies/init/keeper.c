/* Is the application healthy, and is the certificate still the mounted one? */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ASK_TIMEOUT_MS 2000
#define WHEN_HEALTHY_MS 2000
#define WHEN_UNHEALTHY_MS 250
/* A self-signed certificate lives 30 days, and a container may live longer. */
#define RENEW_MS (20L * 24 * 3600 * 1000)

static void rest(long ms) {
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&pause, NULL);
}

/* A redirect counts: applications that insist on HTTPS or on a final slash answer their health check with one. */
static bool is_healthy(const struct settings *settings) {
	if (settings->application_health[0] == '\0') {
		return port_answers(settings->application_port);
	}
	int status = ask_status(NULL, settings->application_port, settings->application_health, ASK_TIMEOUT_MS);
	return status >= 200 && status < 400;
}

/* nginx looks for this file on every health request. */
static void tell(bool healthy) {
	if (healthy) {
		int fd = open(HEALTHY_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd >= 0) {
			close(fd);
		}
		say("info", "application is healthy", NULL);
	} else {
		unlink(HEALTHY_FILE);
		say("warning", "application is not healthy", NULL);
	}
}

struct watch {
	struct certificate_state seen;
	long renew;
};

/* A pair that was met half replaced does no harm: nginx keeps the old one, and the other half is the next change. */
static void watch_certificate(struct watch *watch, const struct settings *settings, pid_t proxy) {
	struct certificate_state found;
	look_at_certificate(&found);
	bool expires = !found.mounted && now_ms() >= watch->renew;
	if (!expires && !certificate_differs(&watch->seen, &found)) {
		return;
	}
	watch->seen = found;
	watch->renew = now_ms() + RENEW_MS;
	if (install_certificate(settings, true)) {
		say("info", "certificate changed, proxy reloads", NULL);
		kill(proxy, SIGHUP);
	}
}

static void keep(const struct settings *settings, pid_t proxy) {
	struct watch watch = {.renew = now_ms() + RENEW_MS};
	bool was_healthy = access(HEALTHY_FILE, F_OK) == 0;
	look_at_certificate(&watch.seen);
	for (;;) {
		bool healthy = is_healthy(settings);
		if (healthy != was_healthy) {
			tell(healthy);
			was_healthy = healthy;
		}
		watch_certificate(&watch, settings, proxy);
		rest(healthy ? WHEN_HEALTHY_MS : WHEN_UNHEALTHY_MS);
	}
}

pid_t start_keeper(const struct identity *identity, const struct settings *settings, pid_t proxy) {
	pid_t parent = getpid();
	pid_t pid = fork_clean(identity);
	if (pid != 0) {
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(0);
	}
	setpgid(0, 0);
	keep(settings, proxy);
	_exit(0);
}
