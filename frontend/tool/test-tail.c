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

static bool is_known(const char *variable) {
	for (size_t at = 0; at < sizeof known / sizeof known[0]; at += 1) {
		if (strncmp(variable, known[at], strlen(known[at])) == 0) {
			return true;
		}
	}
	const char *end = strchr(variable, '=');
	return end != NULL && end - variable > 8 && strncmp(end - 8, "_VERSION", 8) == 0;
}

// A byte of an application as it is shown.
static char shown(char byte) {
	return byte == '\t' ? ' ' : byte >= ' ' && byte < 0x7f ? byte : '?';
}

// How much of a value of that length stands here: all of it, or what the end of the line has left of it.
static size_t standing(const char *text, const char *value, size_t length) {
	size_t at = 0;
	while (at < length && text[at] == shown(value[at])) {
		at += 1;
	}
	return at == length || (text[at] == '\0' && at >= MIN_SECRET - 2) ? at : 0;
}

// A value of many lines, as keys are, is looked for line by line.
static void hide_value(char *line, const char *value) {
	while (*value != '\0') {
		size_t length = strcspn(value, "\r\n");
		for (char *at = line; length >= MIN_SECRET && *at != '\0'; at += 1) {
			memset(at, '*', standing(at, value, length));
		}
		value += length + strspn(value + length, "\r\n");
	}
}

static void hide_secrets(char *line) {
	for (char **variable = environ; *variable != NULL; variable += 1) {
		const char *value = strchr(*variable, '=');
		if (value != NULL && !is_known(*variable)) {
			hide_value(line, value + 1);
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
		tail->count += is_repeated(tail) ? 0 : 1;
	}
}

void tail_take(struct tail *tail, const char *bytes, size_t length) {
	for (size_t at = 0; at < length; at += 1) {
		char byte = bytes[at];
		if (byte == '\n' || byte == '\r') {
			end_line(tail);
		} else if (tail->width < TAIL_WIDTH) {
			line_of(tail)[tail->width] = shown(byte);
			tail->width += 1;
		}
	}
}

void tail_print(const struct tail *tail, FILE *to, const char *before) {
	struct tail whole = *tail;
	end_line(&whole);
	size_t first = whole.count > TAIL_LINES ? whole.count - TAIL_LINES : 0;
	for (size_t at = first; at < whole.count; at += 1) {
		hide_secrets(whole.lines[at % TAIL_LINES]);
		fprintf(to, "%s%s\n", before, whole.lines[at % TAIL_LINES]);
	}
}
