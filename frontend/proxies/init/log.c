/* How do lines come to stdout and stderr in one piece? */
#include "init.h"

/* Room for the closing brace and the newline is never given away. */
#define LINE_ROOM (LINE_MAX_BYTES - 2)

/* Strict JSON whatever the bytes: what isn't printable becomes an escape, what isn't ASCII a '?'. Cut where room ends. */
void line_field(struct line *line, const char *key, const char *value, size_t cap) {
	char *const text = line->text;
	if (line->length + strlen(key) + 16 > LINE_ROOM)
		return;
	line->length += (size_t)sprintf(text + line->length, "%s\"%s\":\"", line->length > 1 ? "," : "", key);
	for (size_t i = 0; i < cap && value[i] != '\0' && line->length + 8 <= LINE_ROOM; i++) {
		unsigned char byte = (unsigned char)value[i];
		if (byte < 0x20 || byte == 0x7f)
			line->length += (size_t)sprintf(text + line->length, "\\u%04x", byte);
		else if (byte == '"' || byte == '\\')
			line->length += (size_t)sprintf(text + line->length, "\\%c", byte);
		else
			text[line->length++] = byte >= 0x80 ? '?' : (char)byte;
	}
	text[line->length++] = '"';
}

void line_begin(struct line *line, const char *type, const char *level) {
	struct timespec now;
	struct tm parts;
	char stamp[48];
	clock_gettime(CLOCK_REALTIME, &now);
	size_t length = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &parts));
	snprintf(stamp + length, sizeof stamp - length, ".%03ldZ", now.tv_nsec / 1000000);
	line->text[0] = '{';
	line->length = 1;
	line_field(line, "ts", stamp, sizeof stamp);
	line_field(line, "type", type, 32);
	line_field(line, "level", level, 16);
}

void line_end(struct line *line, int fd) {
	memcpy(line->text + line->length, "}\n", 2);
	write_whole(fd, line->text, line->length + 2);
}

void write_whole(int fd, const char *text, size_t length) {
	/* Nobody reads: a log that is gone must not stop the service. */
	for (ssize_t written; length > 0 && (written = write(fd, text, length)) > 0; text += written)
		length -= (size_t)written;
}

const char *number(long value) {
	static char texts[4][24];
	static unsigned next;
	char *text = texts[next++ % 4];
	snprintf(text, sizeof texts[0], "%ld", value);
	return text;
}

bool say(const char *level, const char *message, ...) {
	struct line line;
	va_list pairs;
	line_begin(&line, "supervisor", level);
	line_field(&line, "message", message, 512);
	va_start(pairs, message);
	for (const char *key; (key = va_arg(pairs, const char *)) != NULL;)
		line_field(&line, key, va_arg(pairs, const char *), 512);
	va_end(pairs);
	/* PID 1 must go on reaping and stopping even when the log's reader hangs. */
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (poll(&ready, 1, 200) == 1)
		line_end(&line, STDERR_FILENO);
	return false;
}

/* Access lines are JSON already, and go out together, as many as one atomic write takes. Errors have yet to become JSON. */
static void pass(char *text, size_t length, int fd) {
	if (fd == STDOUT_FILENO)
		write_whole(fd, text, length);
	for (char *end; fd == STDERR_FILENO && length > 0; text = end + 1) {
		end = memchr(text, '\n', length);
		end = end == NULL ? text + length : end;
		length -= end == text + length ? length : (size_t)(end - text) + 1;
		for (char *c = text; c < end; c++)
			*c = *c == '\0' ? ' ' : *c;
		*end = '\0';
		if (end > text)
			tell_error(text);
	}
}

/* A process of its own, because a write to the container's streams may block, and PID 1 must not. */
void relay(void) {
	static struct {size_t length; char text[LINE_MAX_BYTES + 1];} streams[2];
	struct pollfd ready[2] = {{.fd = life.access[0], .events = POLLIN}, {.fd = life.errors[0], .events = POLLIN}};
	signal(SIGPIPE, SIG_IGN);
	while ((ready[0].fd >= 0 || ready[1].fd >= 0) && (poll(ready, 2, -1) >= 0 || errno == EINTR)) {
		for (int i = 0; i < 2; i++) {
			if (ready[i].fd < 0 || ready[i].revents == 0)
				continue;
			char *text = streams[i].text;
			ssize_t got = read(ready[i].fd, text + streams[i].length, LINE_MAX_BYTES - streams[i].length);
			streams[i].length += got > 0 ? (size_t)got : 0;
			/* A line that fills the buffer is passed in pieces; the renderers see to it that none does. */
			char *last = memrchr(text, '\n', streams[i].length);
			size_t whole = last != NULL ? (size_t)(last - text) + 1
				: got <= 0 || streams[i].length == LINE_MAX_BYTES ? streams[i].length : 0;
			pass(text, whole, i == 0 ? STDOUT_FILENO : STDERR_FILENO);
			streams[i].length -= whole;
			memmove(text, text + whole, streams[i].length);
			/* poll passes over negative ones. */
			ready[i].fd = got > 0 || (got < 0 && errno == EINTR) ? ready[i].fd : -1;
		}
	}
	_exit(0);
}
