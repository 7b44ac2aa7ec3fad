#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A page that takes longer is not there. TLS gets more: its client is a program that has to start.
#define ANSWER_MS 2000
#define TLS_MS 5000
#define OPEN_MS 200

// The proxy's own client, as its layer lies in the image.

long now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static bool ready(int fd, short events, long deadline) {
	for (;;) {
		long left = deadline - now_ms();
		struct pollfd wanted = {.fd = fd, .events = events};
		int count = left > 0 ? poll(&wanted, 1, (int)left) : 0;
		if (count > 0) {
			return true;
		}
		if (count == 0 || errno != EINTR) {
			return false;
		}
	}
}

static int connected(int family, const struct sockaddr *address, socklen_t size) {
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, address, size) != 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static int connected_port(int port) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	return connected(AF_INET, (struct sockaddr *)&address, sizeof address);
}

bool port_opens(int port) {
	int cause = -1;
	socklen_t size = sizeof cause;
	int fd = connected_port(port);
	if (fd < 0) {
		return false;
	}
	bool opens = ready(fd, POLLOUT, now_ms() + OPEN_MS) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) == 0
		&& cause == 0;
	close(fd);
	return opens;
}

// "HTTP/1.1 200" is all that is wanted; the rest of an answer is never read, however long it is.
static int read_status(int fd, long deadline) {
	char start[13] = "";
	size_t length = 0;
	while (length < 12 && ready(fd, POLLIN, deadline)) {
		ssize_t got = read(fd, start + length, 12 - length);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
			return 0;
		}
		length += got > 0 ? (size_t)got : 0;
	}
	return length == 12 && strncmp(start, "HTTP/1.", 7) == 0 ? atoi(start + 9) : 0;
}

static bool write_request(int fd, const char *path, long deadline) {
	char request[1024];
	int length = snprintf(request, sizeof request,
		"GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: sallyport-test\r\nConnection: close\r\n\r\n", path);
	return length > 0 && (size_t)length < sizeof request && ready(fd, POLLOUT, deadline)
		&& write(fd, request, (size_t)length) == length;
}

static int ask(int fd, const char *path) {
	long deadline = now_ms() + ANSWER_MS;
	int status = fd >= 0 && write_request(fd, path, deadline) ? read_status(fd, deadline) : 0;
	if (fd >= 0) {
		close(fd);
	}
	return status;
}

int ask_port(int port, const char *path) {
	return ask(connected_port(port), path);
}

int ask_socket(const char *name, const char *path) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
	return ask(connected(AF_UNIX, (struct sockaddr *)&address, sizeof address), path);
}

static void become_client(const char *tree, int port, const int to[2], const int from[2]) {
	char address[32];
	char loader[64];
	char libraries[64];
	char openssl[64];
	snprintf(loader, sizeof loader, "%s/lib/loader", tree);
	snprintf(libraries, sizeof libraries, "%s/lib", tree);
	snprintf(openssl, sizeof openssl, "%s/bin/openssl", tree);
	snprintf(address, sizeof address, "127.0.0.1:%d", port);
	char *words[] = {loader, "--inhibit-cache", "--library-path", libraries, "--argv0", "openssl", openssl,
		"s_client", "-connect", address, "-servername", "localhost", "-quiet", NULL};
	char *environment[] = {"OPENSSL_CONF=/dev/null", NULL};
	signal(SIGPIPE, SIG_DFL);
	if (dup2(to[0], STDIN_FILENO) >= 0 && dup2(from[1], STDOUT_FILENO) >= 0 && dup2(from[1], STDERR_FILENO) >= 0) {
		execve(loader, words, environment);
	}
	_exit(127);
}

// What the client says of certificates comes before the answer, on a stream of its own that is not kept.
static int answer_of(int fd, long deadline) {
	char text[4096];
	size_t length = 0;
	while (length < sizeof text - 1 && ready(fd, POLLIN, deadline)) {
		ssize_t got = read(fd, text + length, sizeof text - 1 - length);
		if (got <= 0 && errno != EINTR && errno != EAGAIN) {
			break;
		}
		if (got == 0) {
			break;
		}
		length += got > 0 ? (size_t)got : 0;
		text[length] = '\0';
		const char *found = strstr(text, "HTTP/1.");
		if (found != NULL && text + length - found >= 12) {
			return atoi(found + 9);
		}
	}
	return 0;
}

int ask_tls(const char *tree, int port, const char *path) {
	int to[2];
	int from[2];
	if (pipe2(to, O_CLOEXEC) != 0) {
		return 0;
	}
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return 0;
	}
	long deadline = now_ms() + TLS_MS;
	pid_t pid = fork();
	if (pid == 0) {
		become_client(tree, port, to, from);
	}
	close(to[0]);
	close(from[1]);
	// The request stays in the pipe until the handshake is done; the client ends when the answer has.
	int status = pid > 0 && write_request(to[1], path, deadline) ? answer_of(from[0], deadline) : 0;
	close(to[1]);
	close(from[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
		}
	}
	return status;
}
