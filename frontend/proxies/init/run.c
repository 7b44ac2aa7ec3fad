/* The life of a container: application and proxy up, signals, drain, down. One thread; every wait ends. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the application may take until it listens; then the proxy starts anyway, and answers 502. */
#define LISTEN_MS 10000
#define LISTEN_STEP_MS 20
/* When the other half is gone there is nothing worth waiting for. */
#define HASTE_MS 2000
#define PROXY_GONE_MS 10000
#define HELPER_PAUSE_MS 1000

enum phase {WAITING, SERVING, DRAINING, STOPPING, LEFTOVERS, OVER};

struct life {
	enum phase phase;
	long deadline;
	struct settings settings;
	struct identity identity;
	pid_t application, group, proxy, relay, keeper;
	int access[2], errors[2];
	int stop_signal;
	long stop_ms;
	int code;
	bool code_is_final;
	long helpers_at;
};

static int code_of(int status) {
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void enter(struct life *life, enum phase phase, long within_ms) {
	life->phase = phase;
	life->deadline = now_ms() + within_ms;
}

static void stop_application(struct life *life) {
	if (life->application > 0) {
		kill(life->application, life->stop_signal);
		enter(life, STOPPING, life->stop_ms);
		return;
	}
	/* What a shell-form command left behind gets the same chance to end well as its parent had. */
	enter(life, LEFTOVERS, life->stop_ms);
	kill(-life->group, SIGTERM);
}

static void drain(struct life *life, long within_ms) {
	if (life->keeper > 0) {
		kill(life->keeper, SIGKILL);
	}
	if (life->proxy > 0) {
		kill(life->proxy, SIGQUIT);
		enter(life, DRAINING, within_ms);
	} else {
		stop_application(life);
	}
}

static void begin_stop(struct life *life, int signal) {
	if (life->phase == DRAINING) {
		say("info", "second signal, not waiting for running requests", NULL);
		life->deadline = now_ms();
		return;
	}
	if (life->phase >= STOPPING) {
		forward_signal(life->application, signal);
		return;
	}
	say("info", "stopping: proxy finishes running requests, then the application ends", "signal", number(signal), NULL);
	life->stop_signal = signal;
	drain(life, life->settings.drain_seconds * 1000 + 1000);
}

/* The relay reads until nobody can write any more. */
static void close_writing_ends(struct life *life) {
	close(life->access[1]);
	close(life->errors[1]);
	life->access[1] = life->errors[1] = -1;
}

static void serve(struct life *life) {
	life->proxy = start_proxy(&life->identity, life->access[1], life->errors[1]);
	close_writing_ends(life);
	life->phase = SERVING;
	if (life->proxy < 0) {
		say("error", "The proxy could not be started", "cause", strerror(errno), NULL);
		life->code = EXIT_PROXY;
		life->code_is_final = true;
		stop_application(life);
		return;
	}
	life->helpers_at = now_ms();
}

static void application_ended(struct life *life, int status) {
	life->application = 0;
	if (!life->code_is_final) {
		life->code = code_of(status);
	}
	say(life->phase < DRAINING ? "warning" : "info", "application ended", "code", number(code_of(status)), NULL);
	if (life->phase == WAITING || life->phase == SERVING) {
		drain(life, HASTE_MS);
	} else if (life->phase == STOPPING) {
		stop_application(life);
	}
}

static void proxy_ended(struct life *life, int status) {
	/* Workers outlive a master that was killed, and would go on answering without anybody to reload or stop them. */
	kill(-life->proxy, SIGKILL);
	life->proxy = 0;
	if (life->phase == DRAINING) {
		stop_application(life);
	} else if (life->phase == SERVING) {
		say("error", "proxy ended, the application is stopped; the lines before this one say why",
			"code", number(code_of(status)), NULL);
		life->code = EXIT_PROXY;
		life->code_is_final = true;
		life->stop_ms = PROXY_GONE_MS;
		drain(life, 0);
	}
}

/* Also the application's orphans come here: they are reaped and nothing else. */
static void reap(struct life *life) {
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == life->application) {
			application_ended(life, status);
		} else if (pid == life->proxy) {
			proxy_ended(life, status);
		} else if (pid == life->relay || pid == life->keeper) {
			*(pid == life->relay ? &life->relay : &life->keeper) = 0;
			life->helpers_at = now_ms() + HELPER_PAUSE_MS;
		}
	}
}

static void renew_helpers(struct life *life) {
	if (life->phase >= DRAINING || now_ms() < life->helpers_at) {
		return;
	}
	if (life->relay == 0) {
		life->relay = start_relay(&life->identity, life->access, life->errors);
	}
	if (life->keeper == 0 && life->phase == SERVING) {
		life->keeper = start_keeper(&life->identity, &life->settings, life->proxy);
	}
}

static void overdue(struct life *life) {
	if (life->phase == WAITING) {
		say("warning", "application does not listen yet, the proxy starts and answers 502",
			"port", number(life->settings.application_port), NULL);
		serve(life);
	} else if (life->phase == DRAINING) {
		say("warning", "running requests did not end in time and are cut", NULL);
		kill(-life->proxy, SIGKILL);
		life->deadline = now_ms() + HASTE_MS;
	} else if (life->phase == STOPPING) {
		say("warning", "application did not end in time and is killed", NULL);
		kill(-life->group, SIGKILL);
		enter(life, LEFTOVERS, HASTE_MS);
	} else if (life->phase == LEFTOVERS) {
		life->phase = OVER;
	}
}

static void advance(struct life *life) {
	if (life->phase == WAITING && port_answers(life->settings.application_port)) {
		serve(life);
	} else if (life->phase == LEFTOVERS && kill(-life->group, 0) != 0) {
		life->phase = OVER;
	} else if (life->phase != SERVING && now_ms() >= life->deadline) {
		overdue(life);
	}
	renew_helpers(life);
}

static long patience(const struct life *life) {
	if (life->phase == WAITING || life->phase == LEFTOVERS) {
		return LISTEN_STEP_MS;
	}
	long left = life->phase == SERVING ? HELPER_PAUSE_MS : life->deadline - now_ms();
	return left < 1 ? 1 : left;
}

static void take_signal(struct life *life, int signal) {
	switch (signal) {
		case SIGTERM:
		case SIGINT:
		case SIGQUIT:
			begin_stop(life, signal);
			break;
		case SIGHUP:
			if (life->proxy > 0 && life->phase == SERVING) {
				kill(life->proxy, SIGHUP);
			}
			forward_signal(life->application, signal);
			break;
		case SIGCHLD:
		case SIGPIPE:
		case SIGTTIN:
		case SIGTTOU:
		case SIGTSTP:
		case SIGCONT:
			break;
		default:
			forward_signal(life->application, signal);
	}
}

/* The relay ends by itself when nginx has closed its side; its last lines are the ones that explain an exit. */
static void finish(struct life *life) {
	kill(-life->group, SIGKILL);
	close_writing_ends(life);
	for (long end = now_ms() + 1000; life->relay > 0 && now_ms() < end; reap(life)) {
		struct timespec step = {0, 2000000};
		nanosleep(&step, NULL);
	}
}

static bool prepare(struct life *life) {
	pid_t pid = fork_clean(&life->identity);
	if (pid == 0) {
		_exit(prepare_place() && install_certificate(&life->settings, true) ? 0 : EXIT_SETTINGS);
	}
	int status = -1;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (pid < 0 || status != 0 || pipe2(life->access, O_CLOEXEC) != 0 || pipe2(life->errors, O_CLOEXEC) != 0) {
		return false;
	}
	/* nginx opens /dev/stdout by name, after it left this user. */
	return fchmod(life->access[1], 0666) == 0 && fchmod(life->errors[1], 0666) == 0;
}

int run(char *const argv[]) {
	static struct life life = {.stop_signal = SIGTERM};
	sigset_t all;
	/* Blocked for good in this process: signals are taken one at a time, by sigtimedwait. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (getpid() != 1) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	}
	if (!read_settings(&life.settings) || !choose_identity(&life.identity) || !prepare(&life)) {
		return EXIT_SETTINGS;
	}
	life.stop_ms = life.settings.stop_seconds * 1000;
	life.application = start_application(argv);
	life.group = life.application;
	if (life.application < 0) {
		say("error", "The application could not be started", "cause", strerror(errno), NULL);
		return EXIT_CANNOT_RUN;
	}
	enter(&life, WAITING, LISTEN_MS);
	while (life.phase != OVER) {
		long left = patience(&life);
		struct timespec pause = {left / 1000, left % 1000 * 1000000};
		int signal = sigtimedwait(&all, NULL, &pause);
		if (signal > 0) {
			take_signal(&life, signal);
		}
		reap(&life);
		advance(&life);
	}
	finish(&life);
	return life.code;
}
