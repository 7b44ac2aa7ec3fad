// One program beside its folder `wwwroot`, as `dotnet publish --self-contained` leaves it: it serves that folder's files.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int client, const char *status, const char *type, const char *body, size_t length) {
	char head[256];
	int size = snprintf(head, sizeof head,
		"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, type, length);
	if (size < 0 || write(client, head, (size_t)size) < 0 || write(client, body, length) < 0) {
		perror("pages: write");
	}
}

static void serve(int client) {
	char request[4096] = {0};
	size_t got = 0;
	while (got < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL) {
		ssize_t more = read(client, request + got, sizeof request - 1 - got);
		if (more <= 0) {
			return;
		}
		got += (size_t)more;
	}

	char path[256];
	if (sscanf(request, "GET /%255[a-z.]", path) != 1) {
		strcpy(path, "index.html");
	}
	char name[512];
	snprintf(name, sizeof name, "wwwroot/%s", path);
	FILE *file = strstr(path, "..") == NULL ? fopen(name, "rb") : NULL;
	if (file == NULL) {
		answer(client, "404 Not Found", "text/plain", "nothing here\n", 13);
		return;
	}
	static char body[65536];
	size_t length = fread(body, 1, sizeof body, file);
	fclose(file);
	answer(client, "200 OK", strstr(path, ".css") != NULL ? "text/css" : "text/html", body, length);
}

int main(void) {
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int yes = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5000), .sin_addr.s_addr = INADDR_ANY};
	if (server < 0 || setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
		bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 16) < 0) {
		perror("pages");
		return EXIT_FAILURE;
	}
	puts("pages: listening");
	fflush(stdout);
	for (;;) {
		int client = accept(server, NULL, NULL);
		if (client >= 0) {
			serve(client);
			close(client);
		}
	}
}
