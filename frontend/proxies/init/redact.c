/* What may be told of an nginx error line? Everything but what a client put after a question mark. */
#include "init.h"

struct span {
	const char *start;
	size_t length;
};

static const char *find(struct span text, const char *needle) {
	return memmem(text.start, text.length, needle, strlen(needle));
}

/* nginx writes `, name: "value"` with the client's bytes as they came, so a value ends at the first thing that could end it. */
static void put_quoted(struct line *line, struct span text, const char *marker, const char *key) {
	const char *at = find(text, marker);
	if (at == NULL) {
		return;
	}
	at += strlen(marker);
	size_t left = text.length - (size_t)(at - text.start);
	size_t length = 0;
	while (length < left && at[length] != '"' && at[length] != '?') {
		length++;
	}
	line_field(line, key, at, length, 300);
}

static struct span level_of(struct span text) {
	const char *open = find(text, "[");
	size_t left = open == NULL ? 0 : text.length - (size_t)(open - text.start);
	const char *close = open == NULL ? NULL : memchr(open, ']', left < 12 ? left : 12);
	/* Only the bracket near the start is nginx's own; `2026/11/22 07:00:00 [` and `nginx: [` come before it. */
	if (close == NULL || open - text.start > 20) {
		return (struct span){"error", 5};
	}
	return (struct span){open + 1, (size_t)(close - open - 1)};
}

/* The words between `] 12#12: *5 ` and `, client: `; a query that is quoted in them is cut out up to its closing quote. */
static struct span message_of(struct span text) {
	const char *end = text.start + text.length;
	const char *start = find(text, "] ");
	start = start == NULL || start - text.start > 32 ? text.start : start + 2;
	const char *process = memmem(start, (size_t)(end - start), ": ", 2);
	if (process != NULL && memchr(start, '#', (size_t)(process - start)) != NULL && process - start < 24) {
		start = process + 2;
		if (start < end && *start == '*') {
			const char *space = memchr(start, ' ', (size_t)(end - start));
			start = space == NULL ? start : space + 1;
		}
	}
	const char *client = memmem(start, (size_t)(end - start), ", client: ", 10);
	return (struct span){start, (size_t)((client == NULL ? end : client) - start)};
}

static void put_message(struct line *line, struct span message) {
	const char *query = memchr(message.start, '?', message.length);
	size_t length = query == NULL ? message.length : (size_t)(query - message.start);
	line_field(line, "message", message.start, length, 1000);
}

void redact_error(const char *text, size_t length, struct line *line) {
	struct span whole = {text, length};
	struct span level = level_of(whole);
	char word[16] = "";
	memcpy(word, level.start, level.length < sizeof word ? level.length : sizeof word - 1);
	line_begin(line, "proxy", word);
	put_message(line, message_of(whole));
	const char *client = find(whole, ", client: ");
	if (client != NULL) {
		struct span rest = {client, length - (size_t)(client - text)};
		const char *address = client + strlen(", client: ");
		size_t left = length - (size_t)(address - text);
		const char *comma = memchr(address, ',', left);
		line_field(line, "client", address, comma == NULL ? left : (size_t)(comma - address), 64);
		put_quoted(line, rest, ", request: \"", "request");
		put_quoted(line, rest, ", upstream: \"", "upstream");
		put_quoted(line, rest, ", host: \"", "host");
	}
	line_end(line);
}
