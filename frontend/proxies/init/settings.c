/* What did the renderer tell the supervisor? */
#include "init.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *text, long least, long most, long *value) {
	char *end;
	errno = 0;
	*value = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value >= least && *value <= most;
}

static bool read_path(const char *text, char path[257]) {
	size_t length = strlen(text);
	if (text[0] != '/' || length > 256) {
		return false;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~') {
			return false;
		}
	}
	memcpy(path, text, length + 1);
	return true;
}

/* The names go into a certificate request: nothing but a host's characters may get there. */
static bool read_host(struct settings *settings, const char *text) {
	size_t length = strlen(text);
	if (settings->host_count == MAX_HOSTS || length == 0 || length > 255) {
		return false;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && strchr(".-_*", *c) == NULL) {
			return false;
		}
	}
	memcpy(settings->hosts[settings->host_count++], text, length + 1);
	return true;
}

static bool take(struct settings *settings, const char *key, const char *value) {
	long port;
	if (strcmp(key, "application_port") == 0) {
		bool fine = read_number(value, 1, 65535, &port);
		settings->application_port = fine ? (int)port : 0;
		return fine;
	}
	if (strcmp(key, "application_health") == 0) {
		return read_path(value, settings->application_health);
	}
	if (strcmp(key, "proxy_health") == 0) {
		return read_path(value, settings->proxy_health);
	}
	if (strcmp(key, "drain_seconds") == 0) {
		return read_number(value, 0, 86400, &settings->drain_seconds);
	}
	if (strcmp(key, "stop_seconds") == 0) {
		return read_number(value, 1, 86400, &settings->stop_seconds);
	}
	return strcmp(key, "host") == 0 && read_host(settings, value);
}

bool read_settings(struct settings *settings) {
	char text[600];
	long line = 0;
	bool fine = true;
	memset(settings, 0, sizeof *settings);
	FILE *file = fopen(SETTINGS_FILE, "re");
	if (file == NULL) {
		say("error", "The supervisor's settings cannot be read; build the image again with the frontend",
			"file", SETTINGS_FILE, "cause", strerror(errno), NULL);
		return false;
	}
	while (fine && fgets(text, sizeof text, file) != NULL) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		char *value = strchr(text, ' ');
		if (text[0] == '#' || text[0] == '\0') {
			continue;
		}
		if (value != NULL) {
			*value++ = '\0';
		}
		fine = value != NULL && take(settings, text, value);
	}
	fclose(file);
	if (!fine) {
		say("error", "The supervisor's settings have a line that it does not understand",
			"file", SETTINGS_FILE, "line", number(line), NULL);
	} else if (settings->application_port == 0 || settings->proxy_health[0] == '\0' || settings->stop_seconds == 0) {
		fine = false;
		say("error", "The supervisor's settings are incomplete: application_port, proxy_health and stop_seconds are needed",
			"file", SETTINGS_FILE, NULL);
	}
	return fine;
}
