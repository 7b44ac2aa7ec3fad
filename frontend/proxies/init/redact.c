/* What may be told of an error line of the proxy? Not what a client put after a question mark, nor passwords, nor headers. */
#include "init.h"

/* Ends the value at the first thing that could end it: it holds a client's bytes as they came. */
static void tell(struct line *line, const char *key, char *value, const char *enders, size_t cap) {
	value[strcspn(value, enders)] = '\0';
	char *host = strstr(value, "://"), *at = host == NULL ? NULL : strrchr(host, '@');
	if (at != NULL)
		memmove(host + 3, at + 1, strlen(at)); /* the zero byte too */
	line_field(line, key, value, cap);
}

/* Only the network: /24 of IPv4, /48 of IPv6. What is no address is told as nothing. */
static void truncate_address(char *text) {
	unsigned char bytes[16] = {0};
	text[strcspn(text, ",")] = '\0';
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	bool fine = inet_pton(family, text, bytes) == 1;
	memset(bytes + (family == AF_INET ? 3 : 6), 0, family == AF_INET ? 1 : 10);
	if (!fine || inet_ntop(family, bytes, text, (socklen_t)strlen(text) + 1) == NULL)
		text[0] = '\0';
}

/* nginx: `2026/11/22 07:00:00 [error] 12#12: *5 message, client: 192.0.2.1, server: _, request: "GET /a?b HTTP/1.1", ...` */
void tell_error(char *text) {
	static const char *const quoted[] = {"request", "upstream", "host"};
	struct line line;
	char level[12] = "error", marker[24];
	int start = 0;
	if (sscanf(text, "%*d/%*d/%*d %*d:%*d:%*d [%11[a-z]] %*d#%*d: %n", level, &start) < 1)
		sscanf(text, "nginx: [%11[a-z]] %n", level, &start);
	char *message = text + start;
	if (message[0] == '{') { /* Traefik's own JSON */
		sscanf(message, "{\"level\":\"%11[a-z]", level);
		for (char *query = message; (query = strchr(query, '?')) != NULL; query++)
			memmove(query, query + strcspn(query, "\" \\"), strlen(query + strcspn(query, "\" \\")) + 1);
	}
	if (message[0] == '*')
		message += strcspn(message, " ") + (strchr(message, ' ') != NULL);
	line_begin(&line, "proxy", level);
	char *rest = strstr(message, ", client: ");
	if (rest != NULL)
		*rest++ = '\0';
	char *header = strstr(message, "header: \"");
	tell(&line, "message", message, message[0] == '{' ? "" : "?", header == NULL ? 1000 : (size_t)(header - message) + 6);
	for (size_t i = 0; rest != NULL && i < sizeof quoted / sizeof *quoted; i++) {
		char part[301];
		snprintf(marker, sizeof marker, ", %s: \"", quoted[i]);
		char *value = strstr(rest, marker);
		snprintf(part, sizeof part, "%s", value == NULL ? "" : value + strlen(marker));
		if (value != NULL)
			tell(&line, quoted[i], part, "\"?", 300);
	}
	if (rest != NULL && life.truncates[0] != '\0')
		truncate_address(rest + strlen(" client: "));
	if (rest != NULL)
		tell(&line, "client", rest + strlen(" client: "), ",", 64);
	line_end(&line, STDERR_FILENO);
}
