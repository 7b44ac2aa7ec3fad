/* The life of a container: application and proxy up, signals, drain, down. One thread; every wait ends. */
#include "init.h"

/* How long the application may take until it listens; then the proxy starts anyway, and answers 502. */
#define LISTEN_MS 10000
/* When the other half is gone there is nothing worth waiting for. */
#define HASTE_MS 2000
#define PROXY_GONE_MS 10000
/* Reloads cost idle connections and, for a while, memory for two sets of workers. */
#define RELOAD_GAP_MS 2000
#define METRICS_MS 15000
#define WATCH_MS 2000
/* A self-signed certificate lives 30 days, and a container may live longer. */
#define RENEW_MS (20L * 24 * 3600 * 1000)

struct life life;

long now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

bool due(long when) {
	life.wake = when < life.wake ? when : life.wake;
	return now_ms() >= when;
}

bool is_due(struct errand *errand) {
	return errand->pid <= 0 && due(errand->due);
}

static void enter(enum phase phase, long within_ms) {
	life.phase = phase;
	life.deadline = now_ms() + within_ms;
}

/* What a shell-form command left behind gets the same chance to end well as its parent had. */
static void stop_application(void) {
	enter(signal_instances(life.stop_signal, ALL) ? STOPPING : LEFTOVERS, life.stop_ms);
	if (life.phase == LEFTOVERS) signal_instances(SIGTERM, WHOLE_GROUPS);
}

static void drain(long within_ms) {
	enter(DRAINING, within_ms);
	if (life.proxy > 0) kill(life.proxy, life.traefik ? SIGTERM : SIGQUIT);
	else stop_application();
}

void end(int code) {
	life.code_is_final = true;
	life.code = code;
	life.stop_ms = PROXY_GONE_MS;
	drain(HASTE_MS);
}

static void begin_stop(int signal) {
	if (life.phase == DRAINING) {
		say("info", "second signal, not waiting for running requests", NULL);
		life.deadline = now_ms();
	} else if (life.phase >= STOPPING) {
		signal_instances(signal, HANDLERS);
	} else {
		say("info", "stopping: proxy finishes running requests, then the application ends", "signal", number(signal), NULL);
		life.stop_signal = signal;
		drain(life.drain_seconds * 1000L + 1000);
	}
}

/* The relay reads until nobody can write any more. */
static void close_writing_ends(void) {
	close(life.access[1]);
	close(life.errors[1]);
	life.access[1] = life.errors[1] = -1;
}

static void serve(void) {
	struct errand proxy;
	if (is_sent(&proxy, false)) {
		dup2(life.access[1], STDOUT_FILENO);
		dup2(life.errors[1], STDERR_FILENO);
		exec_proxy(NULL);
	}
	close_writing_ends();
	life.proxy = proxy.pid;
	life.phase = SERVING;
}

static void proxy_ended(int code) {
	/* Workers outlive a master that was killed, and would go on answering without anybody to reload or stop them. */
	kill(-life.proxy, SIGKILL);
	life.proxy = 0;
	if (life.phase == SERVING) {
		say("error", "proxy ended, the application is stopped; the lines before this one say why", "code", number(code), NULL);
		end(EXIT_PROXY);
	} else if (life.phase == DRAINING)
		stop_application();
}

/* Reasons are gathered, and a proxy that is still starting would die of the signal. */
static void reload_when_due(void) {
	if (life.reload_why == NULL || !due(life.reload_due)) return;
	life.reload_due = now_ms() + 50;
	if ((proc_set(life.proxy, "SigCgt:") & 1) == 0) return;
	say("info", life.reload_why, NULL);
	kill(life.proxy, SIGHUP);
	life.reloads++;
	life.changed = true;
	life.reload_why = NULL;
	life.reload_due = now_ms() + RELOAD_GAP_MS;
}

static void certifier_ended(int code) {
	long least = 0, ends;
	for (char *at = read_whole(life.certifier.told); (ends = strtol(at, &at, 10)) > 0;) least = least == 0 || ends < least ? ends : least;
	if (code != 0) {
		if (life.phase == WAITING) end(EXIT_SETTINGS);
		return;
	}
	life.certificate_ends = least;
	life.certificate_ready = life.changed = true;
	life.reload_why = life.phase == SERVING ? "certificate changed, proxy reloads" : NULL;
}

static void publisher_ended(int code) {
	if (code != 0) say("error", "The proxy's state could not be written", "path", PROXY_DIR, NULL);
	if (code == 0 && life.reload_wanted && life.phase == SERVING) life.reload_why = "servers changed, proxy reloads";
}

/* Also the application's orphans come here: they are reaped and nothing else. */
static void reap(void) {
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		int code = code_of(status);
		if (pid == life.proxy) proxy_ended(code);
		else if (has_ended(&life.relay, pid)) life.relay.due = now_ms() + 1000;
		else if (has_ended(&life.certifier, pid)) certifier_ended(code);
		else if (has_ended(&life.publisher, pid)) publisher_ended(code);
		else if (!instance_ended(pid, code)) pool_child_ended(pid, code);
	}
	if (life.phase == STOPPING && !signal_instances(0, ALL)) stop_application();
}

/* A pair that was met half replaced does no harm: the old one stays, and the other half is the next change. */
static void look_after_certificates(void) {
	if (!is_due(&life.certifier)) return;
	unsigned long seen = look_at_certificates();
	life.certifier.due = now_ms() + WATCH_MS;
	if (seen == life.certificates && life.certificate_ready && (is_mounted("tls.crt") || now_ms() < life.renew_certificate)) return;
	life.certificates = seen;
	life.renew_certificate = now_ms() + RENEW_MS;
	if (is_sent(&life.certifier, true)) _exit(install_certificates(life.certifier.told, true) ? 0 : EXIT_SETTINGS);
}

static void look_after_state(void) {
	if (life.publisher.pid > 0 || !(life.changed || due(life.publisher.due))) return;
	life.reload_wanted = life.rotation_changed;
	life.rotation_changed = life.changed = false;
	life.publisher.due = now_ms() + METRICS_MS;
	if (is_sent(&life.publisher, false)) _exit(publish() ? 0 : EXIT_SETTINGS);
}

static bool may_serve(void) {
	bool answers = life.instance_count == 0;
	for (int i = 0; i < life.instance_count; i++) answers = answers || life.pools[0].endpoints[i].answered;
	return answers && pools_known() && life.publisher.pid <= 0 && !life.changed;
}

static void overdue(void) {
	if (life.phase == WAITING) {
		say("warning", "application does not listen yet, the proxy starts and answers 502", "port", number(life.port), NULL);
		serve();
	} else if (life.phase == DRAINING) {
		say("warning", "running requests did not end in time and are cut", NULL);
		kill(-life.proxy, SIGKILL);
		life.deadline = now_ms() + HASTE_MS;
	} else if (life.phase == STOPPING) {
		say("warning", "application did not end in time and is killed", NULL);
		signal_instances(SIGKILL, WHOLE_GROUPS);
		enter(LEFTOVERS, HASTE_MS);
	} else if (life.phase == LEFTOVERS) {
		life.phase = OVER;
	}
}

static void advance(void) {
	if (life.phase <= SERVING) {
		look_after_certificates();
		look_after_instances();
		look_after_pools();
		look_after_state();
		if (life.phase == SERVING) reload_when_due();
		if (is_due(&life.relay) && is_sent(&life.relay, false)) {
			close_writing_ends();
			relay();
		}
	}
	if (life.phase == WAITING && life.certificate_ready && may_serve()) serve();
	else if (life.phase == LEFTOVERS && !signal_instances(0, WHOLE_GROUPS)) life.phase = OVER;
	else if (life.phase != SERVING && due(life.deadline)) overdue();
	if (life.phase == LEFTOVERS) due(now_ms() + 20);
}

static void take_signal(int signal) {
	static const int ours[] = {SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP, SIGCONT};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (signal == ours[i]) return;
	if (signal == SIGHUP && life.phase == SERVING) life.reload_why = "asked to, proxy reloads";
	if (signal == SIGHUP && life.instance_count > 1) {
		life.rolling = true;
		life.rolled = 0;
		life.rolled_until = 0;
	} else if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT)
		begin_stop(signal);
	else
		signal_instances(signal, HANDLERS);
}

/* The relay ends by itself when nginx has closed its side; its last lines are the ones that explain an exit. */
static void finish(void) {
	signal_instances(SIGKILL, WHOLE_GROUPS);
	close_writing_ends();
	for (long end = now_ms() + 1000; life.relay.pid > 0 && now_ms() < end; reap()) poll(NULL, 0, 2);
}

/* What is wrong with the container is found before the application starts; a self-signed certificate is made beside it. */
static bool prepare(void) {
	bool mounted = is_mounted("tls.crt") || is_mounted("tls.key");
	life.certificates = look_at_certificates();
	if (is_sent(&life.certifier, true))
		_exit(prepare_place() && install_certificates(life.certifier.told, false) && publish() ? 0 : EXIT_SETTINGS);
	int code = wait_for(life.certifier.pid);
	life.certifier.pid = 0;
	if (code == 0 && mounted) certifier_ended(code);
	/* nginx opens /dev/stdout by name, after it left this user. */
	return code == 0 && pipe2(life.access, O_CLOEXEC) == 0 && pipe2(life.errors, O_CLOEXEC) == 0
		&& fchmod(life.access[1], 0666) == 0 && fchmod(life.errors[1], 0666) == 0;
}

int run(char *const command[]) {
	sigset_t all;
	/* Blocked for good in this process: signals are taken one at a time, by sigtimedwait. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);
	life.started = time(NULL);
	life.command = command;
	life.stop_signal = SIGTERM;
	life.stop_ms = life.stop_seconds * 1000L;
	if (!choose_identity() || !prepare()) return EXIT_SETTINGS;
	for (enter(WAITING, LISTEN_MS); life.phase != OVER; advance()) {
		long left = life.wake - now_ms();
		struct timespec pause = {left < 1 ? 0 : left / 1000, left < 1 ? 0 : left % 1000 * 1000000};
		int signal = sigtimedwait(&all, NULL, &pause);
		if (signal > 0) take_signal(signal);
		reap();
		life.wake = now_ms() + 1000;
	}
	finish();
	return life.code;
}
