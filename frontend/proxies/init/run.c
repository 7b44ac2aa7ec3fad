/* The life of a container: application and proxy up, signals, drain, down. One thread; every wait ends. */
#include "init.h"

/* How long the application may take until it listens; then the proxy starts anyway, and answers 502. */
#define LISTEN_MS 10000
#define STEP_MS 20
/* When the other half is gone there is nothing worth waiting for. */
#define HASTE_MS 2000
#define PROXY_GONE_MS 10000
/* Reloads cost idle connections and, for a while, memory for two sets of workers. */
#define RELOAD_GAP_MS 5000
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

static void enter(enum phase phase, long within_ms) {
	life.phase = phase;
	life.deadline = now_ms() + within_ms;
}

static void stop_application(void) {
	if (instances_alive() > 0) {
		signal_instances(life.stop_signal);
		enter(STOPPING, life.stop_ms);
	} else {
		/* What a shell-form command left behind gets the same chance to end well as its parent had. */
		signal_groups(SIGTERM);
		enter(LEFTOVERS, life.stop_ms);
	}
}

static void drain(long within_ms) {
	if (life.proxy > 0) {
		kill(life.proxy, life.settings.traefik ? SIGTERM : SIGQUIT);
		enter(DRAINING, within_ms);
	} else {
		stop_application();
	}
}

void end_application(void) {
	drain(HASTE_MS);
}

static void fail(int code) {
	life.code = code;
	life.code_is_final = true;
	life.stop_ms = PROXY_GONE_MS;
	drain(0);
}

static void begin_stop(int signal) {
	if (life.phase == DRAINING) {
		say("info", "second signal, not waiting for running requests", NULL);
		life.deadline = now_ms();
	} else if (life.phase >= STOPPING) {
		forward_signal(signal);
	} else {
		say("info", "stopping: proxy finishes running requests, then the application ends", "signal", number(signal), NULL);
		life.stop_signal = signal;
		drain(life.settings.drain_seconds * 1000L + 1000);
	}
}

static void start_relay(void) {
	life.relay = errand(NULL);
	if (life.relay == 0) {
		/* A writing end of its own would keep the streams from ever ending; once nginx runs, these are -1. */
		close(life.access[1]);
		close(life.errors[1]);
		relay();
	}
}

static void serve(void) {
	life.proxy = errand(NULL);
	if (life.proxy == 0) {
		dup2(life.access[1], STDOUT_FILENO);
		dup2(life.errors[1], STDERR_FILENO);
		exec_proxy(NULL);
	}
	/* The relay reads until nobody can write any more. */
	close(life.access[1]);
	close(life.errors[1]);
	life.access[1] = life.errors[1] = -1;
	life.phase = SERVING;
	life.rotation_changed = false;
	if (life.proxy < 0) {
		say("error", "The proxy could not be started", "cause", strerror(errno), NULL);
		fail(EXIT_PROXY);
	}
}

static void proxy_ended(int status) {
	/* Workers outlive a master that was killed, and would go on answering without anybody to reload or stop them. */
	kill(-life.proxy, SIGKILL);
	life.proxy = 0;
	if (life.phase == DRAINING) {
		stop_application();
	} else if (life.phase == SERVING) {
		say("error", "proxy ended, the application is stopped; the lines before this one say why",
			"code", number(code_of(status)), NULL);
		fail(EXIT_PROXY);
	}
}

static void reload(void) {
	if (life.proxy > 0 && life.phase == SERVING) {
		kill(life.proxy, SIGHUP);
		life.reloads++;
		life.changed = true;
		life.reload_due = now_ms() + RELOAD_GAP_MS;
	}
}

static void certifier_ended(int status) {
	char text[64];
	long ends = 0, least = 0;
	read_whole(life.told, text, sizeof text);
	for (char *at = text; (ends = strtol(at, &at, 10)) > 0;) {
		least = least == 0 || ends < least ? ends : least;
	}
	if (code_of(status) == 0) {
		life.certificate_ends = least;
		life.certificate_ready = life.changed = true;
		if (life.phase == SERVING) {
			say("info", "certificate changed, proxy reloads", NULL);
			reload();
		}
	} else if (life.phase == WAITING) {
		fail(EXIT_SETTINGS);
	}
}

static void publisher_ended(int status) {
	if (code_of(status) != 0) {
		say("error", "The proxy's state could not be written", "path", PROXY_DIR, NULL);
	} else if (life.reload_wanted && life.phase == SERVING) {
		say("info", "servers changed, proxy reloads", NULL);
		reload();
	}
	life.reload_wanted = false;
}

/* Also the application's orphans come here: they are reaped and nothing else. */
static void reap(void) {
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == life.proxy) {
			proxy_ended(status);
		} else if (pid == life.relay) {
			life.relay = 0;
			life.relay_due = now_ms() + 1000;
		} else if (pid == life.certifier) {
			life.certifier = 0;
			certifier_ended(status);
		} else if (pid == life.publisher) {
			life.publisher = 0;
			publisher_ended(status);
		} else if (!instance_ended(pid, status)) {
			pool_child_ended(pid, status);
		}
	}
	if (life.phase == STOPPING && instances_alive() == 0) {
		stop_application();
	}
}

/* A pair that was met half replaced does no harm: the old one stays, and the other half is the next change. */
static void look_after_certificates(void) {
	if (life.certifier > 0 || !due(life.certificate_due)) {
		return;
	}
	unsigned long seen = life.certificates;
	life.certificate_due = now_ms() + WATCH_MS;
	life.certificates = look_at_certificates(&life.mounted);
	if (seen == life.certificates && (life.mounted || now_ms() < life.renew) && (life.certificate_ready || life.certifier > 0)) {
		return;
	}
	life.renew = now_ms() + RENEW_MS;
	life.certifier = errand(&life.told);
	if (life.certifier == 0) {
		_exit(install_certificates(life.told) ? 0 : EXIT_SETTINGS);
	}
}

static void look_after_state(void) {
	bool wanted = life.changed || due(life.publish_due) || (life.rotation_changed && due(life.reload_due));
	if (life.publisher > 0 || !wanted) {
		return;
	}
	/* Changes of who is asked are gathered; until then the files stay as the proxy read them. */
	life.reload_wanted = life.rotation_changed && due(life.reload_due);
	life.rotation_changed = life.rotation_changed && !life.reload_wanted;
	life.changed = false;
	life.publish_due = now_ms() + METRICS_MS;
	life.publisher = errand(NULL);
	if (life.publisher == 0) {
		_exit(publish() ? 0 : EXIT_SETTINGS);
	}
}

static bool may_serve(void) {
	bool listening = life.settings.instances == 0;
	for (int i = 0; i < life.settings.instances && !listening; i++) {
		listening = ask("127.0.0.1", life.settings.port + i, "", STEP_MS) == 1;
	}
	return listening && pools_known() && life.publisher <= 0 && !life.rotation_changed;
}

static void overdue(void) {
	if (life.phase == WAITING) {
		say("warning", "application does not listen yet, the proxy starts and answers 502", "port", number(life.settings.port), NULL);
		serve();
	} else if (life.phase == DRAINING) {
		say("warning", "running requests did not end in time and are cut", NULL);
		kill(-life.proxy, SIGKILL);
		life.deadline = now_ms() + HASTE_MS;
	} else if (life.phase == STOPPING) {
		say("warning", "application did not end in time and is killed", NULL);
		signal_groups(SIGKILL);
		enter(LEFTOVERS, HASTE_MS);
	} else if (life.phase == LEFTOVERS) {
		life.phase = OVER;
	}
}

static void advance(void) {
	if (life.phase <= SERVING) {
		look_after_instances();
		look_after_certificates();
		look_after_pools();
		look_after_state();
		if (life.relay <= 0 && due(life.relay_due)) {
			start_relay();
		}
	}
	if (life.phase == WAITING && life.certificate_ready && may_serve()) {
		serve();
	} else if (life.phase == LEFTOVERS && !signal_groups(0)) {
		life.phase = OVER;
	} else if (life.phase != SERVING && life.certificate_ready && due(life.deadline)) {
		overdue();
	}
	if (life.phase == WAITING || life.phase == LEFTOVERS) {
		due(now_ms() + STEP_MS);
	}
}

static void take_signal(int signal) {
	switch (signal) {
		case SIGTERM:
		case SIGINT:
		case SIGQUIT:
			begin_stop(signal);
			break;
		case SIGHUP:
			reload();
			if (life.settings.instances > 1 && life.phase == SERVING) {
				begin_rolling_restart();
			} else {
				forward_signal(signal);
			}
			break;
		case SIGCHLD:
		case SIGPIPE:
		case SIGTTIN:
		case SIGTTOU:
		case SIGTSTP:
		case SIGCONT:
			break;
		default:
			forward_signal(signal);
	}
}

/* The relay ends by itself when nginx has closed its side; its last lines are the ones that explain an exit. */
static void finish(void) {
	signal_groups(SIGKILL);
	close(life.access[1]);
	close(life.errors[1]);
	for (long end = now_ms() + 1000; life.relay > 0 && now_ms() < end; reap()) {
		poll(NULL, 0, 2);
	}
}

/* What is wrong with the container is found before the application starts; a self-signed certificate is made beside it. */
static bool prepare(void) {
	life.certificates = look_at_certificates(&life.mounted);
	life.certifier = errand(&life.told);
	if (life.certifier == 0) {
		_exit(prepare_place() && (!life.mounted || install_certificates(life.told)) && publish() ? 0 : EXIT_SETTINGS);
	}
	int code = wait_for(life.certifier);
	life.certifier = 0;
	if (code == 0 && life.mounted) {
		certifier_ended(code);
	}
	/* nginx opens /dev/stdout by name, after it left this user. */
	return code == 0 && pipe2(life.access, O_CLOEXEC) == 0 && pipe2(life.errors, O_CLOEXEC) == 0
		&& fchmod(life.access[1], 0666) == 0 && fchmod(life.errors[1], 0666) == 0;
}

int run(char *const command[]) {
	sigset_t all;
	/* Blocked for good in this process: signals are taken one at a time, by sigtimedwait. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (getpid() != 1) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	}
	life.started = time(NULL);
	life.command = command;
	life.stop_signal = SIGTERM;
	life.stop_ms = life.settings.stop_seconds * 1000L;
	if (!choose_identity() || !prepare()) {
		return EXIT_SETTINGS;
	}
	enter(WAITING, LISTEN_MS);
	while (life.phase != OVER) {
		long left = life.wake - now_ms();
		struct timespec pause = {left < 1 ? 0 : left / 1000, left < 1 ? 0 : left % 1000 * 1000000};
		int signal = sigtimedwait(&all, NULL, &pause);
		if (signal > 0) {
			take_signal(signal);
		}
		reap();
		life.wake = now_ms() + 1000;
		advance();
	}
	finish();
	return life.code;
}
