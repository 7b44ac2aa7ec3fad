#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ACCOUNTS = 4 << 20, MAX_NAME = 64 };

struct text {
	char *bytes; // ends with a zero
	size_t size;
	int fd;
	struct stat stat;
};

static void close_text(struct text *text) {
	free(text->bytes);
	text->bytes = NULL;
	if (text->fd >= 0) {
		close(text->fd);
	}
}

static bool open_text(int root, const char *path, int flags, struct text *text) {
	char real[PATH_MAX];
	*text = (struct text){.fd = open_inside(root, path, flags | O_NONBLOCK, real)};
	if (text->fd < 0 || fstat(text->fd, &text->stat) != 0 || !S_ISREG(text->stat.st_mode) || text->stat.st_size > MAX_ACCOUNTS) {
		close_text(text);
		return false;
	}
	text->size = (size_t)text->stat.st_size;
	text->bytes = malloc(text->size + 1);
	if (text->bytes == NULL || pread(text->fd, text->bytes, text->size, 0) != (ssize_t)text->size) {
		close_text(text);
		return false;
	}
	text->bytes[text->size] = '\0';
	return true;
}

static bool parse_number(const char *text, size_t size, uint32_t *number) {
	uint64_t value = 0;
	for (size_t at = 0; at < size; at += 1) {
		if (text[at] < '0' || text[at] > '9' || value > UINT32_MAX) {
			return false;
		}
		value = value * 10 + (uint64_t)(text[at] - '0');
	}
	*number = (uint32_t)value;
	return size > 0 && value < UINT32_MAX;
}

// The line whose field `index` is this text; the caller gets its start, or NULL.
static const char *line_with(const struct text *text, size_t index, const char *wanted) {
	for (const char *line = text->bytes; *line != '\0';) {
		const char *field = line;
		for (size_t at = 0; at < index; at += 1) {
			field += strcspn(field, ":\n");
			field += *field == ':' ? 1 : 0;
		}
		size_t size = strcspn(field, ":\n");
		if (size == strlen(wanted) && memcmp(field, wanted, size) == 0) {
			return line;
		}
		line += strcspn(line, "\n");
		line += *line == '\n' ? 1 : 0;
	}
	return NULL;
}

static bool field_number(const char *line, size_t index, uint32_t *number) {
	for (size_t at = 0; at < index; at += 1) {
		line += strcspn(line, ":\n");
		line += *line == ':' ? 1 : 0;
	}
	return parse_number(line, strcspn(line, ":\n"), number);
}

static bool append(const struct harden *harden, struct text *text, const char *line) {
	bool needs_end = text->size > 0 && text->bytes[text->size - 1] != '\n';
	char whole[512];
	int size = snprintf(whole, sizeof whole, "%s%s\n", needs_end ? "\n" : "", line);
	if (size <= 0 || (size_t)size >= sizeof whole || pwrite(text->fd, whole, (size_t)size, (off_t)text->size) != size) {
		return false;
	}
	struct timespec time = text->stat.st_mtim;
	if (harden->epoch >= 0) {
		time = (struct timespec){.tv_sec = harden->epoch};
	}
	restore_time(harden, text->fd, time);
	return true;
}

// A name that nobody has. Debian's own rule for names is the narrowest.
static void free_name(const struct text *text, const char *number, char name[MAX_NAME]) {
	memcpy(name, "app", sizeof "app");
	if (line_with(text, 0, name) != NULL) {
		(void)snprintf(name, MAX_NAME, "app%s", number);
	}
}

static void number_text(uint32_t number, char text[16]) {
	(void)snprintf(text, 16, "%u", number);
}

static bool add_user(struct harden *harden, struct text *passwd) {
	char number[16];
	char name[MAX_NAME];
	char line[256];
	number_text(harden->uid, number);
	if (line_with(passwd, 2, number) != NULL) {
		harden->account = "there";
		return true;
	}
	free_name(passwd, number, name);
	(void)snprintf(line, sizeof line, "%s:x:%u:%u::/home/%s:/usr/sbin/nologin", name, harden->uid, harden->gid, name);
	if (!append(harden, passwd, line)) {
		return false;
	}
	harden->account = "added";
	(void)snprintf(line, sizeof line, "/home/%s", name);
	if (harden->own_count < MAX_PATHS) {
		harden->own[harden->own_count] = strdup(line);
		harden->own_count += harden->own[harden->own_count] == NULL ? 0 : 1;
	}
	return true;
}

static bool add_group(struct harden *harden, struct text *group) {
	char number[16];
	char name[MAX_NAME];
	char line[256];
	number_text(harden->gid, number);
	if (line_with(group, 2, number) != NULL) {
		return true;
	}
	free_name(group, number, name);
	(void)snprintf(line, sizeof line, "%s:x:%u:", name, harden->gid);
	return append(harden, group, line);
}

// A name is looked up, and "uid" alone has its group from passwd, as the engine does it.
static bool look_up(struct harden *harden, const struct text *passwd, const struct text *group) {
	size_t size = strcspn(harden->user, ":");
	const char *colon = harden->user[size] == ':' ? harden->user + size + 1 : NULL;
	char name[256];
	if (size >= sizeof name) {
		return false;
	}
	memcpy(name, harden->user, size);
	name[size] = '\0';
	bool is_number = parse_number(name, size, &harden->uid);
	const char *line = passwd->bytes == NULL ? NULL : line_with(passwd, is_number ? 2 : 0, name);
	if (!is_number && (line == NULL || !field_number(line, 2, &harden->uid))) {
		return false;
	}
	if (line == NULL || !field_number(line, 3, &harden->gid)) {
		harden->gid = 0;
	}
	if (colon == NULL || parse_number(colon, strlen(colon), &harden->gid)) {
		return true;
	}
	const char *found = group->bytes == NULL ? NULL : line_with(group, 0, colon);
	return found != NULL && field_number(found, 2, &harden->gid);
}

bool settle_user(struct harden *harden) {
	struct text passwd;
	struct text group;
	bool has_users = open_text(harden->root, "/etc/passwd", O_RDWR, &passwd);
	bool has_groups = open_text(harden->root, "/etc/group", O_RDWR, &group);
	bool is_known = look_up(harden, &passwd, &group);
	harden->account = is_known ? "none" : "unknown";
	if (is_known && harden->uid != 0 && has_users && !add_user(harden, &passwd)) {
		harden->failed += 1;
	}
	if (is_known && harden->uid != 0 && has_groups && !add_group(harden, &group)) {
		harden->failed += 1;
	}
	if (has_users) {
		close_text(&passwd);
	}
	if (has_groups) {
		close_text(&group);
	}
	return is_known;
}

bool is_user_known(int root, const char *user) {
	struct text passwd;
	char name[256];
	size_t size = strcspn(user, ":");
	if (size == 0 || size >= sizeof name || !open_text(root, "/etc/passwd", O_RDONLY, &passwd)) {
		return false;
	}
	memcpy(name, user, size);
	name[size] = '\0';
	uint32_t number = 0;
	bool is_known = line_with(&passwd, parse_number(name, size, &number) ? 2 : 0, name) != NULL;
	close_text(&passwd);
	return is_known;
}
