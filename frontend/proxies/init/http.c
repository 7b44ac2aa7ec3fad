/* What status does a GET answer with? */
#include "init.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_connection(const char *socket_path, int port) {
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	bool is_local = socket_path != NULL;
	int fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (is_local) {
		snprintf(local.sun_path, sizeof local.sun_path, "%s", socket_path);
	}
	int result = is_local ? connect(fd, (struct sockaddr *)&local, sizeof local)
		: connect(fd, (struct sockaddr *)&loopback, sizeof loopback);
	if (fd >= 0 && result != 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool wait_for(int fd, short events, long deadline) {
	for (;;) {
		long left = deadline - now_ms();
		struct pollfd ready = {.fd = fd, .events = events};
		int count = left > 0 ? poll(&ready, 1, (int)left) : 0;
		if (count > 0) {
			return true;
		}
		if (count == 0 || errno != EINTR) {
			return false;
		}
	}
}

/* "HTTP/1.1 200" is all that is wanted; the rest of the answer is never read, however long it is. */
static int read_status(int fd, long deadline) {
	char start[13] = "";
	size_t length = 0;
	while (length < 12 && wait_for(fd, POLLIN, deadline)) {
		ssize_t got = read(fd, start + length, 12 - length);
		if (got <= 0 && errno != EAGAIN && errno != EINTR) {
			return 0;
		}
		if (got == 0) {
			return 0;
		}
		length += got > 0 ? (size_t)got : 0;
	}
	return length == 12 && strncmp(start, "HTTP/1.", 7) == 0 ? atoi(start + 9) : 0;
}

int ask_status(const char *socket_path, int port, const char *path, int timeout_ms) {
	char request[512];
	long deadline = now_ms() + timeout_ms;
	int length = snprintf(request, sizeof request,
		"GET %s HTTP/1.1\r\nHost: localhost%s%s\r\nX-Forwarded-Proto: https\r\nUser-Agent: sallyport-health\r\nConnection: close\r\n\r\n",
		path, port > 0 ? ":" : "", port > 0 ? number(port) : "");
	int fd = open_connection(socket_path, port);
	int status = 0;
	if (fd < 0) {
		return 0;
	}
	if (length > 0 && (size_t)length < sizeof request && wait_for(fd, POLLOUT, deadline)
		&& send(fd, request, (size_t)length, MSG_NOSIGNAL) == length) {
		status = read_status(fd, deadline);
	}
	close(fd);
	return status;
}

/* Loopback accepts or refuses at once; one that does neither (a full backlog, a filter) is not waited for. */
bool port_answers(int port) {
	int cause = -1;
	socklen_t size = sizeof cause;
	int fd = open_connection(NULL, port);
	if (fd < 0) {
		return false;
	}
	bool answers = wait_for(fd, POLLOUT, now_ms() + 200) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) == 0
		&& cause == 0;
	close(fd);
	return answers;
}
