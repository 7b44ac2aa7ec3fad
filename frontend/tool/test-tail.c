#include "test.h"

#include <string.h>
#include <unistd.h>

// The line that is being written; after a line's end the next byte begins another one.
static char *line_of(struct tail *tail) {
	return tail->lines[tail->count % TAIL_LINES];
}

// The environment holds secrets as a rule. What is short, or is the same everywhere, tells nobody anything.
#define MIN_SECRET 6
static const char *const known[] = {"PATH=", "HOME=", "PWD=", "LANG=", "LC_ALL=", "TERM=", "TZ=", "NODE_ENV="};

static const char *secret_of(const char *variable) {
	const char *value = strchr(variable, '=');
	for (size_t at = 0; at < sizeof known / sizeof known[0]; at += 1) {
		if (strncmp(variable, known[at], strlen(known[at])) == 0) {
			return NULL;
		}
	}
	return value != NULL && strlen(value + 1) >= MIN_SECRET ? value + 1 : NULL;
}

// How much of a value stands here: all of it, or what the end of the line has left of it.
static size_t standing(const char *text, const char *value) {
	size_t at = 0;
	while (value[at] != '\0' && text[at] == value[at]) {
		at += 1;
	}
	return value[at] == '\0' || (text[at] == '\0' && at >= MIN_SECRET - 2) ? at : 0;
}

static void hide_secrets(char *line) {
	for (char **variable = environ; *variable != NULL; variable += 1) {
		const char *value = secret_of(*variable);
		for (char *at = line; value != NULL && *at != '\0'; at += 1) {
			memset(at, '*', standing(at, value));
		}
	}
}

static bool is_repeated(struct tail *tail) {
	return tail->count > 0 && strcmp(line_of(tail), tail->lines[(tail->count - 1) % TAIL_LINES]) == 0;
}

static void end_line(struct tail *tail) {
	if (tail->width > 0) {
		line_of(tail)[tail->width] = '\0';
		tail->width = 0;
		hide_secrets(line_of(tail));
		tail->count += is_repeated(tail) ? 0 : 1;
	}
}

void tail_take(struct tail *tail, const char *bytes, size_t length) {
	for (size_t at = 0; at < length; at += 1) {
		unsigned char byte = (unsigned char)bytes[at];
		if (byte == '\n' || byte == '\r') {
			end_line(tail);
		} else if (tail->width < TAIL_WIDTH) {
			line_of(tail)[tail->width] = byte >= ' ' && byte < 0x7f ? (char)byte : byte == '\t' ? ' ' : '?';
			tail->width += 1;
		}
	}
}

void tail_print(const struct tail *tail, FILE *to, const char *before) {
	struct tail whole = *tail;
	end_line(&whole);
	size_t first = whole.count > TAIL_LINES ? whole.count - TAIL_LINES : 0;
	for (size_t at = first; at < whole.count; at += 1) {
		fprintf(to, "%s%s\n", before, whole.lines[at % TAIL_LINES]);
	}
}
