/* How do the application's instances run beside the proxy, each as if it were alone? */
#include "init.h"

/* An instance that lasted this long had started well. */
#define LASTED_MS 10000
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 30000
/* With so many ends in a row everywhere, starting again helps nobody. */
#define MOST_FAILURES 5
/* A hung one gets no new requests by then; the ones it holds are better off with another instance. */
#define HANG_MS 3000

static struct endpoint *const endpoints = life.pools[0].endpoints;

/* Environment, working directory and the three standard streams are the container's own; only the port is told. */
static void become_application(int index) {
	char port[12];
	if (life.settings.port_variable[0] != '\0') {
		snprintf(port, sizeof port, "%d", life.settings.port + index);
		setenv(life.settings.port_variable, port, 1);
	}
	if (life.settings.instances == 1 && isatty(STDIN_FILENO)) {
		/* A background group may not set the terminal's foreground group unless it ignores SIGTTOU. */
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDIN_FILENO, getpgrp());
		signal(SIGTTOU, SIG_DFL);
	}
	execvp(life.command[0], life.command);
	int cause = errno;
	say("error", "The application's command cannot be run; is its ENTRYPOINT or CMD in the image, and executable?",
		"command", life.command[0], "cause", strerror(cause), NULL);
	_exit(cause == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

void start_instance(int index) {
	struct instance *instance = &life.instances[index];
	if (instance->group > 0) {
		kill(-instance->group, SIGKILL); /* What a crashed one left may hold its port. */
		instance->restarts++;
	}
	endpoints[index].passed = false;
	endpoints[index].due = 0;
	instance->pid = fork_clean();
	if (instance->pid == 0) {
		become_application(index);
	}
	instance->group = instance->pid;
	instance->since = now_ms();
	instance->hung = instance->rolling = false;
	life.changed = true;
}

static bool hopeless(int code) {
	bool hopeless = life.settings.instances == 1 || code == EXIT_NOT_FOUND || code == EXIT_CANNOT_RUN;
	int failing = 0;
	for (int i = 0; i < life.settings.instances; i++) {
		failing += life.instances[i].failures >= MOST_FAILURES;
	}
	return hopeless || failing == life.settings.instances;
}

bool instance_ended(pid_t pid, int status) {
	int index = 0;
	while (index < life.settings.instances && life.instances[index].pid != pid) {
		index++;
	}
	if (index == life.settings.instances) {
		return false;
	}
	struct instance *instance = &life.instances[index];
	int code = code_of(status);
	instance->pid = 0;
	life.changed = true;
	if (life.phase >= DRAINING) {
		life.code = life.code_is_final || code < life.code ? life.code : code;
		say("info", "application ended", "code", number(code), "instance", number(index), NULL);
		return true;
	}
	bool wanted = instance->rolling || instance->hung;
	bool lasted = now_ms() - instance->since >= LASTED_MS;
	instance->failures = wanted || lasted ? 0 : instance->failures + 1;
	long pause = FIRST_PAUSE_MS << (instance->failures > 9 ? 9 : instance->failures > 0 ? instance->failures - 1 : 0);
	pause = wanted ? 0 : pause > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause;
	instance->due = now_ms() + pause;
	say("warning", "application ended", "code", number(code), "instance", number(index), NULL);
	if (!wanted && hopeless(code)) {
		life.code = code;
		life.code_is_final = true;
		end_application();
	}
	return true;
}

void instance_hangs(int index) {
	bool other = false;
	for (int i = 0; i < life.settings.instances; i++) {
		other = other || (i != index && endpoints[i].passed && !endpoints[i].out);
	}
	/* Never the last one: what all of them wait for may come back, and a start helps only against a cause of their own. */
	if (other && life.instances[index].pid > 0) {
		life.instances[index].hung = true;
		life.instances[index].due = now_ms() + HANG_MS;
	}
}

void begin_rolling_restart(void) {
	say("info", "rolling restart: one instance after the other", NULL);
	life.rolled = -1;
	life.rolling = true;
	life.rolled_until = 0;
}

/* The next one's turn is when this one has come back; the proxy finds out by itself, for who isn't there refuses connections. */
static void roll(void) {
	bool is_back = life.rolled < 0 || (life.instances[life.rolled].pid > 0 && !life.instances[life.rolled].rolling
		&& endpoints[life.rolled].passed && !endpoints[life.rolled].out);
	if (is_back && ++life.rolled < life.settings.instances) {
		if (life.instances[life.rolled].pid > 0) {
			life.instances[life.rolled].rolling = true;
			kill(life.instances[life.rolled].pid, SIGTERM);
		}
		life.rolled_until = now_ms() + life.stop_ms;
	} else if (is_back) {
		say("info", "rolling restart is done", NULL);
		life.rolling = false;
	} else if (due(life.rolled_until)) {
		say("warning", life.instances[life.rolled].rolling ? "instance did not end in time and is killed"
			: "rolling restart stops: the instance does not become healthy", "instance", number(life.rolled), NULL);
		life.rolling = life.instances[life.rolled].rolling;
		life.rolled_until = now_ms() + life.stop_ms;
		kill(-life.instances[life.rolled].group, life.rolling ? SIGKILL : 0);
	}
}

void look_after_instances(void) {
	for (int i = 0; i < life.settings.instances; i++) {
		struct instance *instance = &life.instances[i];
		if (instance->pid == 0 && due(instance->due)) {
			start_instance(i);
		} else if (instance->hung && instance->pid > 0 && due(instance->due)) {
			say("warning", "instance hangs and is killed, to be started again", "instance", number(i), NULL);
			kill(-instance->group, SIGKILL);
		}
	}
	if (life.rolling) {
		roll();
	}
}

int instances_alive(void) {
	int alive = 0;
	for (int i = 0; i < life.settings.instances; i++) {
		alive += life.instances[i].pid > 0;
	}
	return alive;
}

/* What the kernel does for a PID 1: a signal without a handler is not delivered. */
void forward_signal(int signal) {
	for (int i = 0; i < life.settings.instances && signal <= 64; i++) {
		pid_t pid = life.instances[i].pid;
		if (pid > 0 && (proc_set(pid, "SigCgt:") >> (signal - 1) & 1) != 0) {
			kill(pid, signal);
		}
	}
}

void signal_instances(int signal) {
	for (int i = 0; i < life.settings.instances; i++) {
		if (life.instances[i].pid > 0) {
			kill(life.instances[i].pid, signal);
		}
	}
}

bool signal_groups(int signal) {
	bool any = false;
	for (int i = 0; i < life.settings.instances; i++) {
		any = (life.instances[i].group > 0 && kill(-life.instances[i].group, signal) == 0) || any;
	}
	return any;
}
