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

static ssize_t send_request(int fd, const char *host, const char *port, const char *path) {
	char text[1024];
	int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s%s%s\r\nX-Forwarded-Proto: https\r\nUser-Agent:"
		" sallyport-health\r\nConnection: close\r\n\r\n", path, host, port[0] == '\0' ? "" : ":", port);
	return write(fd, text, (size_t)length);
}

int ask(const char *host, int port, const char *path, int timeout_ms) {
	char start[13] = "";
	int fd = connect_to(host, port, &(struct timeval){timeout_ms / 1000, timeout_ms % 1000 * 1000});
	if (fd < 0) return 0;
	bool sent = path[0] != '\0' && send_request(fd, host == NULL ? "localhost" : host, host == NULL ? "" : number(port), path) > 0;
	/* "HTTP/1.1 200" is all that is wanted; the rest of the answer is never read, however long it is. */
	for (ssize_t got = 0, more = 1; sent && got < 12 && more > 0; got += more) more = read(fd, start + got, 12 - (size_t)got);
	close(fd);
	return path[0] == '\0' ? 1 : strncmp(start, "HTTP/1.", 7) == 0 ? atoi(start + 9) : 0;
}

/* The tree's openssl speaks TLS, and believes nothing but what was mounted for this upstream. */
int ask_tls(const struct pool *pool, const struct endpoint *endpoint) {
	char to[64], authority[128], *name = (char *)pool->server_name;
	int ends[2], code, status = 0;
	snprintf(authority, sizeof authority, MOUNTED_DIR "/%.64s.ca.crt", pool->name);
	snprintf(to, sizeof to, strchr(endpoint->host, ':') == NULL ? "%s:%d" : "[%s]:%d", endpoint->host, endpoint->port);
	if (pipe2(ends, O_CLOEXEC) != 0 || send_request(ends[1], name, "", pool->path[0] == '\0' ? "/" : pool->path) < 0) return 0;
	close(ends[1]);
	const char *answer = strstr(run_openssl((char *[]){"s_client", "-quiet", "-connect", to, "-servername", name, "-verify_hostname", name,
		"-verify_return_error", "-CAfile", authority, NULL}, ends[0], &code), "HTTP/1.");
	return answer == NULL || sscanf(answer, "HTTP/1.%*c %d", &status) != 1 ? 0 : pool->path[0] == '\0' ? 1 : status;
}
