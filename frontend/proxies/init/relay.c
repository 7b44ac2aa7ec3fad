/* How does the proxy's output reach the container's, line by line? */
#include "init.h"

struct stream {
	int fd;
	bool errors;
	size_t length;
	char text[LINE_MAX_BYTES];
};

/* Access lines are JSON already, and go out together, as many as one atomic write takes. */
static void pass(struct stream *stream, size_t length) {
	if (!stream->errors) {
		write_whole(STDOUT_FILENO, stream->text, length);
	}
	for (size_t from = 0, to; stream->errors && from < length; from = to + 1) {
		const char *end = memchr(stream->text + from, '\n', length - from);
		struct line line;
		to = end == NULL ? length : (size_t)(end - stream->text);
		if (to > from) {
			redact_error(stream->text + from, to - from, &line);
			write_whole(STDERR_FILENO, line.text, line.length);
		}
	}
	stream->length -= length;
	memmove(stream->text, stream->text + length, stream->length);
}

/* False at the end of the stream. A line that is longer than the buffer is passed in pieces; the renderers see to it that none is. */
static bool take(struct stream *stream) {
	ssize_t got = read(stream->fd, stream->text + stream->length, sizeof stream->text - stream->length);
	if (got < 0) {
		return errno == EINTR || errno == EAGAIN;
	}
	stream->length += (size_t)got;
	const char *last = memrchr(stream->text, '\n', stream->length);
	if (last != NULL) {
		pass(stream, (size_t)(last - stream->text) + 1);
	} else if (stream->length == sizeof stream->text || got == 0) {
		pass(stream, stream->length);
	}
	return got > 0;
}

/* A process of its own, because a write to the container's streams may block, and PID 1 must not. */
void relay(void) {
	static struct stream streams[2];
	struct pollfd ready[2];
	streams[0].fd = life.access[0];
	streams[1] = (struct stream){.fd = life.errors[0], .errors = true};
	signal(SIGPIPE, SIG_IGN);
	/* poll passes over negative ones. */
	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		for (int i = 0; i < 2; i++) {
			ready[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
		}
		if (poll(ready, 2, -1) < 0 && errno != EINTR) {
			break;
		}
		for (int i = 0; i < 2; i++) {
			if (ready[i].revents != 0 && !take(&streams[i])) {
				streams[i].fd = -1;
			}
		}
	}
	_exit(0);
}
