/* Does somebody answer, and with what status? */
#include "init.h"

static int connect_to(const char *host, int port, const struct timeval *patience) {
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = PROXY_DIR "/health.sock"};
	struct addrinfo own = {.ai_family = AF_UNIX, .ai_addr = (struct sockaddr *)&local, .ai_addrlen = sizeof local}, *found = &own;
	struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	if (host != NULL && getaddrinfo(host, number(port), &wanted, &found) != 0) return -1;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, patience, sizeof *patience);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience, sizeof *patience);
	bool connected = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
	if (found != &own) freeaddrinfo(found);
	if (fd >= 0 && !connected) close(fd);
	return connected ? fd : -1;
}

static int request_of(char request[1024], const char *host, int port, const char *path) {
	return snprintf(request, 1024, "GET %s HTTP/1.1\r\nHost: %s%s%s\r\nX-Forwarded-Proto: https\r\nUser-Agent: sallyport-health\r\n"
		"Connection: close\r\n\r\n", path, host == NULL ? "localhost" : host, port > 0 ? ":" : "", port > 0 ? number(port) : "");
}

int ask(const char *host, int port, const char *path, int timeout_ms) {
	char request[1024], start[13] = "";
	int fd = connect_to(host, port, &(struct timeval){timeout_ms / 1000, timeout_ms % 1000 * 1000});
	if (fd < 0) return 0;
	if (path[0] != '\0' && write(fd, request, (size_t)request_of(request, host, port, path)) > 0) {
		/* "HTTP/1.1 200" is all that is wanted; the rest of the answer is never read, however long it is. */
		for (ssize_t got = 0, more = 1; got < 12 && more > 0; got += more) more = read(fd, start + got, 12 - (size_t)got);
	}
	close(fd);
	return path[0] == '\0' ? 1 : strncmp(start, "HTTP/1.", 7) == 0 ? atoi(start + 9) : 0;
}

/* The tree's openssl speaks TLS, and believes nothing but what was mounted for this upstream. */
int ask_tls(const struct pool *pool, const struct endpoint *endpoint) {
	char to[64], authority[128], request[1024];
	int ends[2], code;
	snprintf(authority, sizeof authority, MOUNTED_DIR "/%s.ca.crt", pool->name);
	snprintf(to, sizeof to, strchr(endpoint->host, ':') == NULL ? "%s:%d" : "[%s]:%d", endpoint->host, endpoint->port);
	int length = request_of(request, pool->server_name, 0, pool->path[0] == '\0' ? "/" : pool->path);
	if (pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], request, (size_t)length) != length) return 0;
	close(ends[1]);
	const char *answer = run_openssl((char *[]){"s_client", "-quiet", "-connect", to, "-servername", (char *)pool->server_name,
		"-verify_hostname", (char *)pool->server_name, "-verify_return_error", "-CAfile", authority, NULL}, ends[0], &code);
	answer = strstr(answer, "HTTP/1.");
	return answer == NULL ? 0 : pool->path[0] == '\0' ? 1 : atoi(answer + 9 < answer + strlen(answer) ? answer + 9 : "0");
}
