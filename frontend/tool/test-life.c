#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEALTH_SOCKET "/run/sallyport/proxy/health.sock"
#define ASK_AGAIN_MS 100
#define CHECK_MS 10000
#define CHECK_AGAIN_MS 500
// What has no port is fine when it still runs after this time.
#define RUNS_MS 2000
// What answers and then falls over in the next moment did not start.
#define STANDS_MS 300

__attribute__((format(printf, 2, 3))) static bool failed(struct trial *trial, const char *format, ...) {
	va_list values;
	va_start(values, format);
	vsnprintf(trial->sentence, sizeof trial->sentence, format, values);
	va_end(values);
	return false;
}

static bool any_port_opens(const struct asked *asked) {
	for (size_t at = 0; at < asked->port_count; at += 1) {
		if (port_opens(asked->ports[at])) {
			return true;
		}
	}
	return false;
}

static bool is_good(int status) {
	return status >= 200 && status < 400;
}

// Does it listen, and say that it is well?
static bool answers(struct trial *trial) {
	const struct asked *asked = &trial->asked;
	if (asked->https > 0) {
		const char *tree = asked->plain > 0 ? "/opt/sallyport/traefik" : "/opt/sallyport/nginx";
		trial->last_status =
			asked->plain > 0 ? ask_port(asked->plain, asked->route) : ask_socket(HEALTH_SOCKET, asked->route);
		return trial->last_status == 200 && ask_tls(tree, asked->https, asked->route) == 200;
	}
	if (asked->port_count == 0) {
		return now_ms() - trial->started >= RUNS_MS;
	}
	if (asked->health == NULL) {
		return any_port_opens(asked);
	}
	trial->last_status = ask_port(asked->ports[0], asked->health);
	return is_good(trial->last_status);
}

// The image's own health check, one at a time.
static bool check_passes(struct trial *trial) {
	if (trial->asked.check[0] == NULL || trial->check_passed) {
		return true;
	}
	long since = now_ms() - trial->check_from;
	if (trial->check > 0 && since > CHECK_MS) {
		kill(-trial->check, SIGKILL);
	} else if (trial->check == 0 && since > CHECK_AGAIN_MS) {
		trial->check_from = now_ms();
		pid_t pid = start_words(trial, trial->asked.check);
		trial->check = pid > 0 ? pid : 0;
		trial->check_code = pid > 0 ? trial->check_code : 127;
	}
	return false;
}

static bool why_not_healthy(struct trial *trial, bool had_answered) {
	const struct asked *asked = &trial->asked;
	trial->is_overdue = true;
	if (had_answered) {
		return failed(trial, "its health check did not pass within %ld s (last exit code %d)", asked->seconds, trial->check_code);
	}
	if (asked->port_count > 0 && !any_port_opens(asked)) {
		return failed(trial, "nothing listens on port %d after %ld s", asked->ports[0], asked->seconds);
	}
	if (asked->https > 0) {
		return failed(trial, trial->last_status == 200 ? "the proxy's TLS listener does not answer after %ld s"
			: "the proxy does not report it as healthy after %ld s", asked->seconds);
	}
	return failed(trial, "%s does not answer with 2xx or 3xx after %ld s (last status %d)", asked->health, asked->seconds,
		trial->last_status);
}

static bool ended_early(struct trial *trial, bool *is_over) {
	int code = code_of(trial->status);
	// A task that does its work and ends well is what some containers are for.
	if (code == 0 && trial->asked.port_count == 0 && trial->asked.https == 0) {
		*is_over = true;
		return true;
	}
	return failed(trial, "it ended with code %d before it was healthy", code);
}

// `is_over`: it ran to its end and there is nothing left to stop.
static bool becomes_healthy(struct trial *trial, bool *is_over) {
	long deadline = trial->started + trial->asked.seconds * 1000;
	bool answered = false;
	for (long asked_at = 0; now_ms() < deadline; step(trial)) {
		if (trial->has_ended) {
			return ended_early(trial, is_over);
		}
		if (!answered && now_ms() - asked_at >= ASK_AGAIN_MS) {
			answered = answers(trial);
			asked_at = now_ms();
		}
		if (answered && check_passes(trial)) {
			return true;
		}
	}
	return why_not_healthy(trial, answered);
}

static bool stands(struct trial *trial, bool *is_over) {
	for (long end = now_ms() + STANDS_MS; now_ms() < end; step(trial)) {
		if (trial->has_ended) {
			return ended_early(trial, is_over);
		}
	}
	return true;
}

// Whether a handler stands, or waits with the signal blocked. One that is just waiting for it cannot be seen.
static bool takes(pid_t pid, int signal) {
	char path[64];
	char text[256];
	unsigned long long set = 0;
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		return true;
	}
	while (fgets(text, sizeof text, file) != NULL) {
		if (strncmp(text, "SigCgt:", 7) == 0 || strncmp(text, "SigBlk:", 7) == 0) {
			set |= strtoull(text + 7, NULL, 16);
		}
	}
	fclose(file);
	return (set >> (signal - 1) & 1ULL) != 0;
}

// Asked to stop, a program may say so with its exit code; that it crashed or had to be killed is another matter.
static bool stopped_well(const struct trial *trial) {
	int code = code_of(trial->status);
	return code == 128 + trial->asked.signal || (code < 126 && (code == 0 || !trial->asked.must_stop));
}

static bool stops(struct trial *trial) {
	const struct asked *asked = &trial->asked;
	bool takes_it = takes(trial->application, asked->signal);
	kill(trial->application, asked->signal);
	for (long end = now_ms() + asked->stop_seconds * 1000; now_ms() < end && !trial->has_ended;) {
		step(trial);
	}
	// A repair that is on trial did not make it hang: its author's image would not stop either.
	if (!trial->has_ended) {
		return !asked->must_stop || failed(trial, "it did not end within %ld s of signal %d", asked->stop_seconds, asked->signal);
	}
	// Here the signal ended it; the first process of a container never gets one that it has no handler for.
	if (!takes_it && WIFSIGNALED(trial->status) && WTERMSIG(trial->status) == asked->signal && asked->must_stop) {
		return failed(trial, "its first process has no handler for signal %d, so it would be killed after %ld s",
			asked->signal, asked->stop_seconds);
	}
	return stopped_well(trial)
		|| failed(trial, "asked to stop by signal %d, it ended with code %d", asked->signal, code_of(trial->status));
}

// As the first process we take all others with us; elsewhere they are looked for.
void clear_away(struct trial *trial) {
	if (trial->application > 0) {
		kill(-trial->application, SIGKILL);
	}
	if (trial->check > 0) {
		kill(-trial->check, SIGKILL);
	}
	for (int times = 0; getpid() != 1 && times < 200; times += 1) {
		FILE *file = fopen("/proc/thread-self/children", "re");
		long pid = 0;
		bool found = false;
		while (file != NULL && fscanf(file, "%ld", &pid) == 1) {
			found = true;
			kill((pid_t)pid, SIGKILL);
		}
		if (file != NULL) {
			fclose(file);
		}
		if (!found) {
			break;
		}
		step(trial);
	}
	take_output(trial);
}

bool try_out(struct trial *trial) {
	bool is_over = false;
	trial->started = now_ms();
	trial->application = start_words(trial, trial->asked.command);
	if (trial->application < 0) {
		return failed(trial, "%s cannot be started: %s", trial->asked.command[0], strerror(errno));
	}
	if (!becomes_healthy(trial, &is_over) || (!is_over && !stands(trial, &is_over))) {
		return false;
	}
	long healthy = now_ms();
	if (!is_over && !stops(trial)) {
		return false;
	}
	snprintf(trial->sentence, sizeof trial->sentence, is_over ? "it ran and ended with code 0"
		: "it started, was healthy%s after %ld ms%s", trial->asked.https > 0 ? " through the proxy" : "",
		healthy - trial->started - STANDS_MS, trial->has_ended ? " and stopped when asked" : "");
	return true;
}
