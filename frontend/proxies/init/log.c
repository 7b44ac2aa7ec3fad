/* How does a log line come to stderr in one piece? */
#include "init.h"

/* Room for the closing brace and the newline is never given away. */
#define LINE_ROOM (LINE_MAX_BYTES - 2)

/* Strict JSON whatever the bytes: what isn't printable becomes an escape, what isn't ASCII a '?'. Cut where room ends. */
static void put_escaped(struct line *line, const char *value, size_t length) {
	for (size_t i = 0; i < length && line->length + 8 <= LINE_ROOM; i++) {
		unsigned char byte = (unsigned char)value[i];
		if (byte < 0x20 || byte == 0x7f) {
			line->length += (size_t)sprintf(line->text + line->length, "\\u%04x", byte);
			continue;
		}
		if (byte == '"' || byte == '\\') {
			line->text[line->length++] = '\\';
		}
		line->text[line->length++] = byte >= 0x80 ? '?' : (char)byte;
	}
}

void line_field(struct line *line, const char *key, const char *value, size_t length, size_t cap) {
	if (line->length + strlen(key) + 16 <= LINE_ROOM) {
		line->length += (size_t)sprintf(line->text + line->length, "%s\"%s\":\"", line->length > 1 ? "," : "", key);
		put_escaped(line, value, length < cap ? length : cap);
		line->text[line->length++] = '"';
	}
}

void line_begin(struct line *line, const char *type, const char *level) {
	struct timespec now;
	struct tm parts;
	char stamp[48];
	clock_gettime(CLOCK_REALTIME, &now);
	size_t length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &parts));
	length += (size_t)snprintf(stamp + length, sizeof stamp - length, ".%03ldZ", now.tv_nsec / 1000000);
	line->text[0] = '{';
	line->length = 1;
	line_field(line, "ts", stamp, length, sizeof stamp);
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
