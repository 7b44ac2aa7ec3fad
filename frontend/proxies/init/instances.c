/* How do the application's instances run beside the proxy, each as if it were alone? */
#include "init.h"

/* An instance that lasted this long had started well. With so many ends soon after a start everywhere, another helps nobody. */
#define LASTED_MS 10000
#define MOST_FAILURES 5
#define LONGEST_PAUSE_MS 30000
/* By then a hung one gets no new requests; the ones that it holds are better off with another instance. */
#define HANG_MS 3000
/* The proxy passes over who refused a connection for a second. */
#define SETTLED_MS 1500

static struct endpoint *const endpoints = life.pools[0].endpoints;

/* Environment, working directory and the three standard streams are the container's own; only the port is told. */
static void become_application(int index) {
	if (life.port_variable[0] != '\0') setenv(life.port_variable, number(life.port + index), 1);
	if (life.instance_count == 1 && isatty(STDIN_FILENO)) {
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

static void start(int index) {
	struct instance *instance = &life.instances[index];
	if (instance->group > 0) kill(-instance->group, SIGKILL); /* What a crashed one left may hold its port. */
	int restarts = instance->restarts + (instance->group > 0), failures = instance->failures;
	pid_t pid = fork_clean();
	if (pid == 0) become_application(index);
	*instance = (struct instance){.pid = pid, .group = pid, .since = now_ms(), .restarts = restarts, .failures = failures};
	endpoints[index].passed = endpoints[index].answered = 0;
	endpoints[index].probe.due = 0;
	life.changed = true;
}

/* An application that is alone takes the container along, and so do several that all fail. */
static bool is_hopeless(int code) {
	int failing = 0;
	for (int i = 0; i < life.instance_count; i++) failing += life.instances[i].failures >= MOST_FAILURES;
	return life.instance_count == 1 || code == EXIT_NOT_FOUND || code == EXIT_CANNOT_RUN || failing == life.instance_count;
}

bool instance_ended(pid_t pid, int code) {
	int index = 0;
	while (index < life.instance_count && life.instances[index].pid != pid) index++;
	if (index == life.instance_count) return false;
	struct instance *instance = &life.instances[index];
	bool wanted = instance->rolling || instance->hung;
	instance->pid = 0;
	instance->failures = wanted || now_ms() - instance->since >= LASTED_MS ? 0 : instance->failures + 1;
	long pause = wanted ? 0 : 50L << (instance->failures > 10 ? 10 : instance->failures < 1 ? 1 : instance->failures);
	instance->due = now_ms() + (pause > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause);
	life.changed = true;
	say(life.phase >= DRAINING || wanted ? "info" : "warning", "application ended", "code", number(code), "instance", number(index), NULL);
	if (life.phase >= DRAINING)
		life.code = !life.code_is_final && code > life.code ? code : life.code;
	else if (!wanted && is_hopeless(code))
		end(code);
	return true;
}

/* Never the last one: what all of them wait for may come back, and a start helps only against a cause of their own. */
void instance_hangs(int index) {
	struct instance *instance = &life.instances[index];
	instance->hung = life.instance_count > 1 && application_healthy();
	instance->due = instance->pid > 0 ? now_ms() + HANG_MS : instance->due;
}

/* One after the other has come back. The proxy finds out by itself, for who isn't there refuses connections. */
static void roll(void) {
	struct instance *instance = &life.instances[life.rolled];
	const struct endpoint *endpoint = &endpoints[life.rolled];
	bool is_back = life.rolled_until != 0 && instance->pid > 0 && !instance->rolling && endpoint->passed > 0 && !endpoint->out;
	if (is_back && due(endpoint->passed + SETTLED_MS)) {
		life.rolled_until = 0;
		life.rolling = ++life.rolled < life.instance_count;
		instance++;
		if (!life.rolling) say("info", "rolling restart is done", NULL);
	}
	if (life.rolling && life.rolled_until == 0) {
		instance->rolling = instance->pid > 0;
		if (instance->rolling) kill(instance->pid, SIGTERM);
		life.rolled_until = now_ms() + life.stop_seconds * 1000L;
	} else if (life.rolling && due(life.rolled_until)) {
		say("warning", instance->rolling ? "instance did not end in time and is killed"
			: "rolling restart stops, for the instance does not become healthy", "instance", number(life.rolled), NULL);
		life.rolling = instance->rolling;
		if (instance->rolling) kill(-instance->group, SIGKILL);
		life.rolled_until = now_ms() + life.stop_seconds * 1000L;
	}
}

void look_after_instances(void) {
	for (int i = 0; i < life.instance_count; i++) {
		struct instance *instance = &life.instances[i];
		if (instance->pid > 0 && instance->hung && due(instance->due)) {
			say("warning", "instance hangs and is killed, to be started again", "instance", number(i), NULL);
			kill(-instance->group, SIGKILL);
		} else if (instance->pid <= 0 && due(instance->due))
			start(i);
	}
	if (life.rolling) roll();
}

bool signal_instances(int signal, enum reach reach) {
	bool any = false;
	for (int i = 0; i < life.instance_count; i++) {
		pid_t pid = life.instances[i].pid, group = life.instances[i].group;
		/* What the kernel does for a PID 1: a signal without a handler is not delivered. */
		bool meant = reach == WHOLE_GROUPS ? group > 0 : pid > 0 && (reach == ALL || (proc_set(pid, "SigCgt:") >> (signal - 1) & 1) != 0);
		any = (meant && kill(reach == WHOLE_GROUPS ? -group : pid, signal) == 0) || any;
	}
	return any;
}
