/* The life of a container: application and proxy up, signals, drain, down. One thread; every wait ends. */
#include "init.h"

/* How long the application may take until it listens; then the proxy starts anyway, and answers 503. */
#define LISTEN_MS 10000
/* When the other half is gone there is little worth waiting for. */
#define HASTE_MS 2000
#define PROXY_GONE_MS 10000
/* Reloads cost idle connections and, for a while, memory for two sets of workers. */
#define RELOAD_GAP_MS 2000
#define TAKEN_UP_MS 300
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

/* To those that the phase waits for; false when they are gone. Workers outlive a master that is killed, so they are killed as well. */
static bool signal_phase(int signal) {
	if (life.phase == DRAINING) return life.proxy > 0 && kill(signal == SIGKILL ? -life.proxy : life.proxy, signal) == 0;
	return signal_instances(signal, life.phase == STOPPING && signal != SIGKILL ? ALL : WHOLE_GROUPS);
}

/* The proxy ends its requests, then the application ends, then what a shell-form command left behind. */
static void enter(enum phase phase, long within_ms) {
	const int signals[] = {[DRAINING] = life.traefik ? SIGTERM : SIGQUIT, [STOPPING] = life.stop_signal, [LEFTOVERS] = SIGTERM};
	life.phase = phase;
	life.deadline = now_ms() + within_ms;
	life.killed = false;
	if (phase >= DRAINING && phase < OVER) signal_phase(signals[phase]);
}

static void go_on_stopping(void) {
	static const char *const late[] = {[DRAINING] = "running requests did not end in time and are cut", [STOPPING] = "application did not"
		" end in time and is killed", [LEFTOVERS] = "what the application left did not end in time and is killed"};
	while (life.phase < OVER && !signal_phase(0)) enter(life.phase + 1, life.stop_seconds * 1000L);
	if (life.phase == OVER || !due(life.deadline)) return;
	if (life.killed) enter(life.phase + 1, HASTE_MS);
	else say("warning", late[life.phase], NULL);
	life.killed = signal_phase(SIGKILL);
	life.deadline = now_ms() + HASTE_MS;
}

void end(int code) {
	life.code_is_final = true;
	life.code = code;
	life.stop_seconds = life.stop_seconds > PROXY_GONE_MS / 1000 ? PROXY_GONE_MS / 1000 : life.stop_seconds;
	enter(DRAINING, HASTE_MS);
}

static void begin_stop(int signal) {
	if (life.phase >= STOPPING) {
		signal_instances(signal, HANDLERS);
		return;
	}
	say("info", life.phase == DRAINING ? "second signal, not waiting for running requests"
		: "stopping: proxy finishes running requests, then the application ends", "signal", number(signal), NULL);
	life.stop_signal = signal;
	if (life.phase == DRAINING) life.deadline = now_ms();
	else enter(DRAINING, life.drain_seconds * 1000L + 1000);
}

static void close_writing_ends(void) {
	for (int i = 0; i < 2; i++) {
		close(life.streams[i][1]);
		life.streams[i][1] = -1;
	}
}

static void serve(void) {
	struct errand proxy;
	if (!ports_are_free()) {
		end(EXIT_SETTINGS);
		return;
	}
	if (is_sent(&proxy, false)) {
		dup2(life.streams[0][1], STDOUT_FILENO);
		dup2(life.streams[1][1], STDERR_FILENO);
		exec_proxy(NULL);
	}
	close_writing_ends(); /* The relays read until nobody can write any more. */
	life.proxy = proxy.pid;
	life.phase = SERVING;
}

static void proxy_ended(int code) {
	kill(-life.proxy, SIGKILL);
	life.proxy = 0;
	if (life.phase != SERVING) return;
	say("error", "proxy ended, the application is stopped; the lines before this one say why", "code", number(code), NULL);
	end(EXIT_PROXY);
}

/* Reasons are gathered, and a proxy that is still starting would die of the signal. */
static void reload_when_due(void) {
	if (life.phase != SERVING || life.reload_why == NULL || !due(life.reload_due)) return;
	life.reload_due = now_ms() + 50;
	if ((proc_set(life.proxy, "SigCgt:") & 1) == 0) return;
	say("info", life.reload_why, NULL);
	kill(life.proxy, SIGHUP);
	life.reloads++;
	life.publisher.due = now_ms() + TAKEN_UP_MS;
	life.reload_why = NULL;
	life.reload_due = now_ms() + RELOAD_GAP_MS;
}

static void certifier_ended(int code) {
	long least = 0, ends;
	for (char *at = read_whole(life.certifier.told); (ends = strtol(at, &at, 10)) > 0;) least = least == 0 || ends < least ? ends : least;
	if (code != 0 && life.phase == WAITING) end(EXIT_SETTINGS);
	if (code != 0) return;
	life.certificate_ends = least;
	life.certificate_ready = life.changed = true;
	if (life.phase == SERVING) life.reload_why = "certificate changed, proxy reloads";
}

/* Also the application's orphans come here: they are reaped and nothing else. */
static void reap(void) {
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (pid == life.proxy) proxy_ended(code);
		else if (has_ended(&life.certifier, pid)) certifier_ended(code);
		else if (has_ended(&life.publisher, pid)) life.reload_why = life.reload_wanted && life.phase == SERVING
			? "servers changed, proxy reloads" : life.reload_why;
		else if (!has_ended(&life.relays[0], pid) && !has_ended(&life.relays[1], pid) && !instance_ended(pid, code)) pool_child_ended(pid, code);
	}
}

/* A pair that was met half replaced does no harm: the old one stays, and the other half is the next change. */
static void look_after_certificates(void) {
	if (!is_due(&life.certifier)) return;
	unsigned long seen = look_at_certificates();
	life.certifier.due = now_ms() + WATCH_MS;
	if (seen == life.certificates && life.certificate_ready && now_ms() < life.renew_certificate) return;
	life.certificates = seen;
	life.renew_certificate = now_ms() + RENEW_MS;
	if (is_sent(&life.certifier, true)) _exit(install_certificates(life.certifier.told, true) ? 0 : EXIT_SETTINGS);
}

static void look_after_helpers(void) {
	for (int i = 0; i < 2; i++) {
		if (!is_due(&life.relays[i]) || !is_sent(&life.relays[i], false)) continue;
		close_writing_ends();
		relay(life.streams[i][0], i == 1);
	}
	if (life.publisher.pid > 0 || !(life.changed || due(life.publisher.due))) return;
	life.reload_wanted = life.rotation_changed;
	life.rotation_changed = life.changed = false;
	if (is_sent(&life.publisher, false)) _exit(publish() || say("error", "The proxy's state could not be written", "path", PROXY_DIR, NULL) ? 0 : 1);
	life.publisher.due = now_ms() + METRICS_MS;
}

static void serve_when_ready(void) {
	bool answers = life.instance_count == 0, late = due(life.deadline);
	for (int i = 0; i < life.instance_count; i++) answers = answers || life.pools[0].endpoints[i].answered;
	if (late) say("warning", "application does not listen yet, the proxy starts and answers 503", "port", number(life.port), NULL);
	if (late || (answers && life.certificate_ready && pools_known() && life.publisher.pid <= 0 && !life.changed)) serve();
}

static void advance(void) {
	life.wake = now_ms() + (life.phase == LEFTOVERS ? 20 : 1000);
	if (life.phase <= SERVING) {
		look_after_certificates();
		look_after_instances();
		look_after_pools();
		look_after_helpers();
		reload_when_due();
	}
	if (life.phase == WAITING) serve_when_ready();
	if (life.phase >= DRAINING) go_on_stopping();
}

static void take_signal(int signal) {
	if (signal == SIGHUP && life.phase == SERVING && life.instance_count < 2) life.reload_why = "asked to, proxy reloads";
	if (signal == SIGHUP && life.instance_count > 1) {
		life.rolling = true;
		life.rolled = -1;
	} else if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT)
		begin_stop(signal);
	else if (signal != SIGCHLD && signal != SIGPIPE && signal != SIGCONT && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		signal_instances(signal, HANDLERS);
}

/* What is wrong with the container is found before the application starts; a self-signed certificate is made beside it. */
static bool prepare(void) {
	life.certificates = look_at_certificates();
	life.renew_certificate = now_ms() + RENEW_MS;
	if (is_sent(&life.certifier, true))
		_exit(prepare_place() && install_certificates(life.certifier.told, false) && publish() ? 0 : EXIT_SETTINGS);
	int code = wait_for(life.certifier.pid);
	life.certifier = (struct errand){.told = life.certifier.told};
	if (code == 0) certifier_ended(code);
	life.certificate_ready = life.certificate_ends > 0;
	/* nginx opens /dev/stdout by name, after it left this user. */
	for (int i = 0; i < 2; i++)
		if (pipe2(life.streams[i], O_CLOEXEC) != 0 || fchmod(life.streams[i][1], 0666) != 0) return false;
	return code == 0;
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
	if (!choose_identity() || !prepare()) return EXIT_SETTINGS;
	for (enter(WAITING, LISTEN_MS); life.phase != OVER; advance()) {
		long left = life.wake - now_ms();
		struct timespec pause = {left < 1 ? 0 : left / 1000, left < 1 ? 0 : left % 1000 * 1000000};
		int signal = sigtimedwait(&all, NULL, &pause);
		if (signal > 0) take_signal(signal);
		reap();
	}
	signal_instances(SIGKILL, WHOLE_GROUPS);
	close_writing_ends();
	/* The relays end by themselves when the proxy has closed its side; their last lines are the ones that explain an exit. */
	for (long until = now_ms() + 1000; (life.relays[0].pid > 0 || life.relays[1].pid > 0) && now_ms() < until; reap()) poll(NULL, 0, 2);
	return life.code;
}
