/* Does somebody answer, and with what status? */
#include "init.h"

/* Without a host the proxy's own socket. */
static int connect_to(const char *host, int port, const struct timeval *patience) {
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = HEALTH_SOCKET};
	struct addrinfo *found = NULL, wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	if (host != NULL && getaddrinfo(host, number(port), &wanted, &found) != 0) {
		return -1;
	}
	int fd = socket(found == NULL ? AF_UNIX : found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, patience, sizeof *patience);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, sizeof *patience);
	int result = found == NULL ? connect(fd, (struct sockaddr *)&local, sizeof local) : connect(fd, found->ai_addr, found->ai_addrlen);
	if (found != NULL) {
		freeaddrinfo(found);
	}
	if (fd >= 0 && result != 0) {
		close(fd);
	}
	return result == 0 ? fd : -1;
}

int ask(const char *host, int port, const char *path, int timeout_ms) {
	struct timeval patience = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	char request[600], start[13] = "";
	int fd = connect_to(host, port, &patience);
	int status = fd >= 0 && path[0] == '\0';
	if (fd >= 0 && path[0] != '\0') {
		int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nX-Forwarded-Proto: https\r\n"
			"User-Agent: sallyport-health\r\nConnection: close\r\n\r\n", path, host == NULL ? "localhost" : host, port);
		bool sent = send(fd, request, (size_t)length, MSG_NOSIGNAL) == length;
		/* "HTTP/1.1 200" is all that is wanted; the rest of the answer is never read, however long it is. */
		size_t got = 0;
		for (ssize_t more = 1; sent && got < 12 && more > 0; got += more > 0 ? (size_t)more : 0) {
			more = recv(fd, start + got, 12 - got, 0);
		}
		status = got == 12 && strncmp(start, "HTTP/1.", 7) == 0 ? atoi(start + 9) : 0;
	}
	if (fd >= 0) {
		close(fd);
	}
	return status;
}
