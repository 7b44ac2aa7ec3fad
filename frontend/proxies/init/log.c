/* How do lines come to stdout and stderr in one piece? */
#include "init.h"

/* Room for the closing brace and the newline is never given away. */
#define LINE_ROOM (LINE_MAX_BYTES - 2)

static char line[LINE_MAX_BYTES];
static size_t used;

/* Strict JSON whatever the bytes: what isn't printable becomes an escape, what isn't ASCII a '?'. Cut where room ends. */
void line_field(const char *key, const char *value, size_t cap) {
	if (used + strlen(key) + 16 > LINE_ROOM) return;
	used += (size_t)sprintf(line + used, "%s\"%s\":\"", used > 1 ? "," : "", key);
	for (size_t i = 0; i < cap && value[i] != '\0' && used + 8 <= LINE_ROOM; i++) {
		unsigned char byte = (unsigned char)value[i];
		const char *format = byte < 0x20 || byte == 0x7f ? "\\u%04x" : byte == '"' || byte == '\\' ? "\\%c" : "%c";
		used += (size_t)sprintf(line + used, format, byte >= 0x80 ? '?' : byte);
	}
	line[used++] = '"';
}

void line_begin(const char *type, const char *level) {
	struct timespec now;
	struct tm parts;
	char stamp[48];
	clock_gettime(CLOCK_REALTIME, &now);
	size_t length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &parts));
	snprintf(stamp + length, sizeof stamp - length, ".%03ldZ", now.tv_nsec / 1000000);
	line[0] = '{';
	used = 1;
	line_field("ts", stamp, sizeof stamp);
	line_field("type", type, 32);
	line_field("level", level, 16);
}

/* Nobody reads: a log that is gone must not stop the service. */
static void write_whole(int fd, const char *text, size_t length) {
	for (ssize_t written; length > 0 && (written = write(fd, text, length)) > 0; text += written) length -= (size_t)written;
}

void line_end(void) {
	memcpy(line + used, "}\n", 2);
	write_whole(STDERR_FILENO, line, used + 2);
}

const char *number(long value) {
	static char texts[4][24];
	static unsigned next;
	char *text = texts[next++ % 4];
	snprintf(text, sizeof texts[0], "%ld", value);
	return text;
}

bool say(const char *level, const char *message, ...) {
	va_list pairs;
	line_begin("supervisor", level);
	line_field("message", message, 512);
	va_start(pairs, message);
	for (const char *key; (key = va_arg(pairs, const char *)) != NULL;) line_field(key, va_arg(pairs, const char *), 512);
	va_end(pairs);
	/* PID 1 must go on reaping and stopping even when the log's reader hangs. */
	if (poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, 200) == 1) line_end();
	return false;
}

/* A process of its own, because a write to the container's streams may block, and PID 1 must not. */
void relay(int from, bool errors) {
	static char text[LINE_MAX_BYTES];
	FILE *lines = errors ? fdopen(from, "r") : NULL;
	signal(SIGPIPE, SIG_IGN);
	while (errors && fgets(text, sizeof text, lines) != NULL) tell_error(text);
	/* Access lines are JSON already, and go out together, as many as one atomic write takes. The renderers see to it that each fits. */
	size_t length = 0, whole;
	for (ssize_t got; !errors && (got = read(from, text + length, sizeof text - length)) > 0;) {
		length += (size_t)got;
		const char *last = memrchr(text, '\n', length);
		whole = last != NULL ? (size_t)(last - text) + 1 : length == sizeof text ? length : 0;
		write_whole(STDOUT_FILENO, text, whole);
		length -= whole;
		memmove(text, text + whole, length);
	}
	_exit(0);
}
