#include "test.h"

#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void tell(const struct trial *trial, FILE *to, const char *word) {
	fprintf(to, "%s\n%s\n%lld\n", word, trial->sentence, (long long)time(NULL));
	tail_print(&trial->tail, to, "");
}

static int finish(struct trial *trial, const char *word, int code) {
	printf("%s: %s\n", word, trial->sentence);
	if (code != FINE) {
		tail_print(&trial->tail, stdout, "| ");
	}
	if (trial->asked.out == NULL) {
		return code;
	}
	// Whoever asks for a file reads there how it went: a build keeps what it has seen, the bad as well as the good.
	FILE *file = fopen(trial->asked.out, "we");
	if (file == NULL) {
		return IO;
	}
	tell(trial, file, word);
	return fclose(file) == 0 ? FINE : IO;
}

static bool take_number(const char *text, long max, long *value) {
	char *end = NULL;
	errno = 0;
	*value = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value > 0 && *value <= max;
}

// Words of one option; false when it is none of ours.
static bool take_option(struct asked *asked, const char *name, char *value) {
	long number = 0;
	bool is_number = take_number(value, 65535, &number);
	if (strcmp(name, "--seconds") == 0 && is_number) {
		asked->seconds = number;
	} else if (strcmp(name, "--stop-seconds") == 0 && is_number) {
		asked->stop_seconds = number;
	} else if (strcmp(name, "--signal") == 0 && is_number && number <= 64) {
		asked->signal = (int)number;
	} else if (strcmp(name, "--port") == 0 && is_number && asked->port_count < MAX_PORTS) {
		asked->ports[asked->port_count] = (int)number;
		asked->port_count += 1;
	} else if (strcmp(name, "--https") == 0 && is_number) {
		asked->https = (int)number;
	} else if (strcmp(name, "--plain") == 0 && is_number) {
		asked->plain = (int)number;
	} else if (strcmp(name, "--route") == 0) {
		asked->route = value;
	} else if (strcmp(name, "--health") == 0) {
		asked->health = value;
	} else if (strcmp(name, "--user") == 0) {
		asked->user = value;
	} else if (strcmp(name, "--out") == 0) {
		asked->out = value;
	} else {
		return false;
	}
	return true;
}

// `--check N WORD...`: the image's health check. Returns how many words that took, or 0.
static int take_check(struct asked *asked, int argc, char **argv) {
	long count = 0;
	if (argc < 2 || !take_number(argv[1], MAX_CHECK, &count) || count > argc - 2) {
		return 0;
	}
	for (long at = 0; at < count; at += 1) {
		asked->check[at] = argv[2 + at];
	}
	return (int)count + 2;
}

static bool take_options(struct asked *asked, int argc, char **argv) {
	int at = 1;
	while (at < argc && strcmp(argv[at], "--") != 0) {
		int taken = 0;
		if (strcmp(argv[at], "--check") == 0) {
			taken = take_check(asked, argc - at, argv + at);
		} else if (strcmp(argv[at], "--must-stop") == 0) {
			asked->must_stop = true;
			taken = 1;
		} else if (strcmp(argv[at], "--keep-home") == 0) {
			asked->keep_home = true;
			taken = 1;
		} else if (at + 1 < argc && take_option(asked, argv[at], argv[at + 1])) {
			taken = 2;
		}
		if (taken == 0) {
			return false;
		}
		at += taken;
	}
	asked->command = argv + at + 1;
	return at + 1 < argc && (asked->https == 0 || asked->route != NULL) && (asked->health == NULL || asked->port_count > 0);
}

// A program may open /dev/stdout by its name, as another user than the one that made the pipe.
static bool prepare(struct trial *trial) {
	return pipe2(trial->output, O_CLOEXEC) == 0 && fchmod(trial->output[1], 0666) == 0
		&& fcntl(trial->output[0], F_SETFL, O_NONBLOCK) == 0
		&& (getpid() == 1 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
}

int run_test(int argc, char **argv) {
	static struct trial trial = {.asked = {.seconds = 30, .stop_seconds = 10, .signal = SIGTERM, .user = "0"}};
	if (!take_options(&trial.asked, argc, argv)) {
		fputs("usage: tool test [--seconds N] [--stop-seconds N] [--signal N] [--must-stop] [--port P]... [--health PATH]\n"
			"\t[--https P --route PATH [--plain P]] [--user U] [--keep-home] [--check N WORD...] [--out FILE] -- COMMAND...\n", stderr);
		return USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!prepare(&trial)) {
		snprintf(trial.sentence, sizeof trial.sentence, "there is no way to test here: %s", strerror(errno));
		return finish(&trial, "untestable", UNTESTABLE);
	}
	if (!find_user(trial.asked.user, &trial.user, trial.sentence, sizeof trial.sentence)) {
		return finish(&trial, "failed", STOPPED);
	}
	bool passed = try_out(&trial);
	clear_away(&trial);
	const char *word = passed ? "passed" : trial.is_overdue ? "overdue" : "failed";
	return finish(&trial, word, passed ? FINE : STOPPED);
}
