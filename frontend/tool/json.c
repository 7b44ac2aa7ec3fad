#include "json.h"

#include <stdio.h>
#include <string.h>

static bool needs_comma;

static void write_text(const char *value) {
	putchar('"');
	for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at += 1) {
		if (*at == '"' || *at == '\\') {
			printf("\\%c", *at);
		} else if (*at < 0x20 || *at > 0x7e) {
			printf("\\u%04x", *at);
		} else {
			putchar(*at);
		}
	}
	putchar('"');
}

static void begin(const char *key) {
	if (needs_comma) {
		putchar(',');
	}
	needs_comma = true;
	if (key != NULL) {
		write_text(key);
		putchar(':');
	}
}

void json_open(const char *key, char bracket) {
	begin(key);
	putchar(bracket);
	needs_comma = false;
}

void json_close(char bracket) {
	putchar(bracket);
	needs_comma = true;
}

void json_text(const char *key, const char *value) {
	begin(key);
	write_text(value);
}

void json_number(const char *key, unsigned long long value) {
	begin(key);
	printf("%llu", value);
}

void json_bool(const char *key, bool value) {
	begin(key);
	fputs(value ? "true" : "false", stdout);
}

bool json_end(void) {
	needs_comma = false;
	putchar('\n');
	return fflush(stdout) == 0 && ferror(stdout) == 0;
}
