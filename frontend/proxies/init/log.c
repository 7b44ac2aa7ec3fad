/* How does a log line come to stderr in one piece? */
#include "init.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Room for the closing brace and the newline is never given away. */
#define LINE_ROOM (LINE_MAX_BYTES - 2)

static void put(struct line *line, const char *text, size_t length) {
	if (line->length + length <= LINE_ROOM) {
		memcpy(line->text + line->length, text, length);
		line->length += length;
	}
}

/* Strict JSON whatever the bytes: what isn't printable ASCII becomes an escape, and a byte that isn't ASCII a '?'. */
static void put_escaped(struct line *line, unsigned char byte) {
	char escape[8];
	if (byte == '"' || byte == '\\') {
		put(line, (const char[]){'\\', (char)byte}, 2);
	} else if (byte >= 0x80) {
		put(line, "?", 1);
	} else if (byte < 0x20 || byte == 0x7f) {
		put(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
	} else {
		put(line, (const char *)&byte, 1);
	}
}

void line_field(struct line *line, const char *key, const char *value, size_t length, size_t cap) {
	size_t shown = length < cap ? length : cap;
	/* A field that might not fit (6 bytes for 1, in the worst case) is cut before it starts: half an escape isn't JSON. */
	size_t need = strlen(key) + 8;
	if (line->length + need > LINE_ROOM) {
		return;
	}
	size_t room = (LINE_ROOM - line->length - need) / 6;
	shown = shown < room ? shown : room;
	put(line, line->length > 1 ? ",\"" : "\"", line->length > 1 ? 2 : 1);
	put(line, key, strlen(key));
	put(line, "\":\"", 3);
	for (size_t i = 0; i < shown; i++) {
		put_escaped(line, (unsigned char)value[i]);
	}
	put(line, "\"", 1);
}

void line_begin(struct line *line, const char *type, const char *level) {
	struct timespec now;
	struct tm parts;
	char seconds[32];
	char stamp[48];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(stamp, sizeof stamp, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
	line->length = 0;
	put(line, "{", 1);
	line_field(line, "ts", stamp, strlen(stamp), sizeof stamp);
	line_field(line, "type", type, strlen(type), 32);
	line_field(line, "level", level, strlen(level), 16);
}

void line_end(struct line *line) {
	memcpy(line->text + line->length, "}\n", 2);
	line->length += 2;
}

void write_whole(int fd, const char *text, size_t length) {
	while (length > 0) {
		ssize_t written = write(fd, text, length);
		if (written <= 0) {
			return; /* Nobody reads: a log that is gone must not stop the service. */
		}
		text += written;
		length -= (size_t)written;
	}
}

const char *number(long value) {
	static char texts[4][24];
	static unsigned next;
	char *text = texts[next++ % 4];
	snprintf(text, sizeof texts[0], "%ld", value);
	return text;
}

void say(const char *level, const char *message, ...) {
	struct line line;
	va_list pairs;
	line_begin(&line, "supervisor", level);
	line_field(&line, "message", message, strlen(message), 512);
	va_start(pairs, message);
	for (const char *key = va_arg(pairs, const char *); key != NULL; key = va_arg(pairs, const char *)) {
		const char *value = va_arg(pairs, const char *);
		line_field(&line, key, value, strlen(value), 512);
	}
	va_end(pairs);
	line_end(&line);
	/* PID 1 must go on reaping and stopping even when the log's reader hangs. */
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (poll(&ready, 1, 200) == 1) {
		write_whole(STDERR_FILENO, line.text, line.length);
	}
}
