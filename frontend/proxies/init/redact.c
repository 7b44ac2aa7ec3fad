/* What may be told of an error line of the proxy? Not what a client put after a question mark, nor passwords, nor headers. */
#include "init.h"

/* Ends the value at the first thing that could end it: it holds a client's bytes as they came. */
static void tell(const char *key, char *value, const char *enders, size_t cap) {
	value[strcspn(value, enders)] = '\0';
	char *host = strstr(value, "://"), *at = host == NULL ? NULL : strrchr(host, '@');
	if (at != NULL) memmove(host + 3, at + 1, strlen(at)); /* the zero byte too */
	line_field(key, value, cap);
}

/* Only the network: /24 of IPv4, /48 of IPv6. What is no address is told as nothing. */
static void truncate_address(char *text) {
	unsigned char bytes[16] = {0};
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	bool fine = inet_pton(family, text, bytes) == 1;
	memset(bytes + (family == AF_INET ? 3 : 6), 0, family == AF_INET ? 1 : 10);
	if (!fine || inet_ntop(family, bytes, text, (socklen_t)strlen(text) + 1) == NULL) text[0] = '\0';
}

/* nginx: `2026/11/22 07:00:00 [error] 12#12: *5 message, client: 192.0.2.1, server: _, request: "GET /a?b HTTP/1.1", ...` */
void tell_error(char *text) {
	static const char *const quoted[] = {", request: \"", ", upstream: \"", ", host: \""}, *const keys[] = {"request", "upstream", "host"};
	char level[12] = "error", part[301];
	int start = 0;
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '\0') return;
	if (sscanf(text, "%*d/%*d/%*d %*d:%*d:%*d [%11[a-z]] %*d#%*d: %n", level, &start) < 1)
		sscanf(text, "nginx: [%11[a-z]] %n", level, &start);
	char *message = text + start;
	if (message[0] == '*') message += strcspn(message, " ") + (strchr(message, ' ') != NULL);
	if (message[0] == '{') { /* Traefik's own JSON */
		sscanf(message, "{\"level\":\"%11[a-z]", level);
		for (char *query = message, *end; (query = strchr(query, '?')) != NULL; memmove(query, end, strlen(end) + 1))
			end = query + strcspn(query, "\" \\");
	}
	char *rest = strstr(message, ", client: "), *header = strstr(message, "header: \"");
	if (rest != NULL) *rest++ = '\0';
	line_begin("proxy", level);
	tell("message", message, message[0] == '{' ? "" : "?", header == NULL ? 1000 : (size_t)(header - message) + 6);
	for (size_t i = 0; rest != NULL && i < sizeof quoted / sizeof *quoted; i++) {
		const char *value = strstr(rest, quoted[i]);
		snprintf(part, sizeof part, "%s", value == NULL ? "" : value + strlen(quoted[i]));
		if (value != NULL) tell(keys[i], part, "\"?", sizeof part);
	}
	if (rest != NULL) {
		snprintf(part, 64, "%.*s", (int)strcspn(rest + 9, ","), rest + 9);
		if (life.truncates[0] != '\0') truncate_address(part);
		tell("client", part, "?", 64);
	}
	line_end();
}
