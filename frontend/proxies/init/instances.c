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
	instance->restarts += instance->group > 0;
	instance->group = instance->pid = fork_clean();
	if (instance->pid == 0) become_application(index);
	instance->since = now_ms();
	instance->due = instance->since + 1000;
	instance->ends = 0;
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
	bool wanted = instance->ends > 0 || life.phase >= DRAINING;
	say(wanted ? "info" : "warning", "application ended", "code", number(code), "instance", number(index), NULL);
	instance->pid = 0;
	endpoints[index].passed = endpoints[index].answered = 0; /* Who refuses connections needs not be taken out. */
	instance->failures = wanted || now_ms() - instance->since >= LASTED_MS ? 0 : instance->failures + 1;
	long pause = 50L << (instance->failures > 10 ? 10 : instance->failures < 1 ? 1 : instance->failures);
	instance->due = wanted ? 0 : now_ms() + (pause > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause);
	life.changed = true;
	if (life.phase >= DRAINING) life.code = !life.code_is_final && code > life.code ? code : life.code;
	else if (!wanted && is_hopeless(code)) end(code);
	return true;
}

/* Never the last one: what all of them wait for may come back, and a start helps only against a cause of their own. */
void instance_hangs(int index) {
	bool killed = life.instance_count > 1 && application_healthy() && life.instances[index].ends == 0;
	if (killed) life.instances[index].ends = now_ms() + HANG_MS;
}

/* One after the other has come back. The proxy finds out by itself, for who isn't there refuses connections. */
static void roll(void) {
	struct instance *last = &life.instances[life.rolled < 0 ? 0 : life.rolled];
	const struct endpoint *its = &endpoints[life.rolled < 0 ? 0 : life.rolled];
	bool is_back = last->since > life.rolled_at && last->pid > 0 && its->passed > 0 && !its->out && due(its->passed + SETTLED_MS);
	if (life.rolled >= 0 && !is_back) return;
	life.rolling = ++life.rolled < life.instance_count;
	life.rolled_at = now_ms();
	if (!life.rolling) say("info", "rolling restart is done", NULL);
	struct instance *next = &life.instances[life.rolled];
	if (!life.rolling || next->pid <= 0) return;
	next->ends = life.rolled_at + life.stop_seconds * 1000L;
	endpoints[life.rolled].passed = 0;
	kill(next->pid, SIGTERM);
}

void look_after_instances(void) {
	for (int i = 0; i < life.instance_count; i++) {
		struct instance *instance = &life.instances[i];
		if (instance->pid <= 0 && due(instance->due)) start(i);
		if (instance->pid <= 0 || instance->ends == 0 || !due(instance->ends)) continue;
		say("warning", "instance hangs and is killed, to be started again", "instance", number(i), NULL);
		kill(-instance->group, SIGKILL);
		instance->ends = now_ms() + HANG_MS;
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
