/* How does the proxy's output reach the container's, line by line? */
#include "init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* nginx's own lines end at 4096 (access, by the renderer's caps) and 2048 (errors); twice that is never filled by a line. */
#define BUFFER 8192

struct stream {
	int fd;
	bool errors;
	size_t length;
	char text[BUFFER];
};

/* Access lines are JSON already. Whole lines go out together, as many as one atomic write takes. */
static void pass_lines(const char *text, size_t length) {
	while (length > 0) {
		size_t part = length;
		if (part > LINE_MAX_BYTES) {
			const char *last = memrchr(text, '\n', LINE_MAX_BYTES);
			const char *first = last == NULL ? memchr(text, '\n', length) : last;
			part = first == NULL ? length : (size_t)(first - text) + 1;
		}
		write_whole(STDOUT_FILENO, text, part);
		text += part;
		length -= part;
	}
}

static void pass_errors(const char *text, size_t length) {
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t part = end == NULL ? length : (size_t)(end - text);
		struct line line;
		if (part > 0) {
			redact_error(text, part, &line);
			write_whole(STDERR_FILENO, line.text, line.length);
		}
		length -= end == NULL ? part : part + 1;
		text += end == NULL ? part : part + 1;
	}
}

static void pass(struct stream *stream, size_t length) {
	if (stream->errors) {
		pass_errors(stream->text, length);
	} else {
		pass_lines(stream->text, length);
	}
	memmove(stream->text, stream->text + length, stream->length - length);
	stream->length -= length;
}

/* False at the end of the stream. */
static bool take(struct stream *stream) {
	ssize_t got = read(stream->fd, stream->text + stream->length, BUFFER - stream->length);
	if (got < 0) {
		return errno == EINTR || errno == EAGAIN;
	}
	stream->length += (size_t)got;
	const char *last = memrchr(stream->text, '\n', stream->length);
	if (last != NULL) {
		pass(stream, (size_t)(last - stream->text) + 1);
	} else if (stream->length == BUFFER || got == 0) {
		pass(stream, stream->length);
	}
	return got > 0;
}

static void relay(int access, int errors) {
	static struct stream streams[2];
	streams[0].fd = access;
	streams[1].fd = errors;
	streams[1].errors = true;
	int open = 2;
	while (open > 0) {
		struct pollfd ready[2] = {{.fd = streams[0].fd, .events = POLLIN}, {.fd = streams[1].fd, .events = POLLIN}};
		if (poll(ready, 2, -1) < 0 && errno != EINTR) {
			return;
		}
		for (int i = 0; i < 2; i++) {
			if (ready[i].revents != 0 && !take(&streams[i])) {
				streams[i].fd = -1; /* poll passes over negative ones */
				open--;
			}
		}
	}
}

/* A process of its own, because a write to the container's streams may block, and PID 1 must not. */
pid_t start_relay(const struct identity *identity, const int access[2], const int errors[2]) {
	pid_t pid = fork_clean(identity);
	if (pid != 0) {
		return pid;
	}
	setpgid(0, 0);
	signal(SIGPIPE, SIG_IGN);
	/* A writing end of its own would keep the streams from ever ending; once nginx runs, these are -1. */
	close(access[1]);
	close(errors[1]);
	relay(access[0], errors[0]);
	_exit(0);
}
