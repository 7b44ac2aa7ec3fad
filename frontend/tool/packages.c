#include "inspect.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DATABASE = 64 << 20 };

// How many lines of a file of the image begin so. At most MAX_DATABASE of it is read.
static unsigned long long lines_with(int root, const char *path, const char *start, const char *then) {
	char real[PATH_MAX];
	int fd = open_inside(root, path, O_RDONLY | O_NONBLOCK, real);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return 0;
	}
	unsigned long long count = 0;
	size_t read = 0;
	bool is_start = true;
	for (char line[512]; read < MAX_DATABASE && fgets(line, sizeof line, file) != NULL;) {
		size_t size = strlen(line);
		read += size + 1;
		count += is_start && strncmp(line, start, strlen(start)) == 0 && strstr(line, then) != NULL ? 1 : 0;
		is_start = size > 0 && line[size - 1] == '\n';
	}
	fclose(file);
	return count;
}

static bool is_there(int root, const char *path) {
	char real[PATH_MAX];
	int fd = open_inside(root, path, O_PATH, real);
	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

void count_packages(struct inspect *inspect) {
	int root = inspect->root;
	inspect->dpkg += lines_with(root, "/var/lib/dpkg/status", "Status: ", " installed");
	inspect->apk = lines_with(root, "/lib/apk/db/installed", "P:", "");
	inspect->has_rpm = is_there(root, "/var/lib/rpm/rpmdb.sqlite") || is_there(root, "/var/lib/rpm/Packages") ||
		is_there(root, "/usr/lib/sysimage/rpm/rpmdb.sqlite") || is_there(root, "/var/lib/rpm/Packages.db");
}

static bool ends_with(const char *text, const char *end) {
	size_t size = strlen(text);
	size_t length = strlen(end);
	return size >= length && strcmp(text + size - length, end) == 0;
}

// node_modules/NAME/package.json and node_modules/@SCOPE/NAME/package.json
static bool is_npm_package(const char *path) {
	static const char folder[] = "/node_modules/";
	const char *last = NULL;
	for (const char *at = path; (at = strstr(at, folder)) != NULL; at += sizeof folder - 2) {
		last = at + sizeof folder - 1;
	}
	if (last == NULL) {
		return false;
	}
	int slashes = 0;
	for (const char *at = last; *at != '\0'; at += 1) {
		slashes += *at == '/' ? 1 : 0;
	}
	return slashes == (last[0] == '@' ? 2 : 1);
}

void count_package_entry(struct inspect *inspect, const struct entry *entry) {
	if (S_ISREG(entry->stat.st_mode) && strcmp(entry->name, "package.json") == 0 && is_npm_package(entry->path)) {
		inspect->npm += 1;
	}
	if (S_ISDIR(entry->stat.st_mode) && ends_with(entry->name, ".dist-info")) {
		inspect->python += 1;
	}
	// Images without a package manager have a file for each of Debian's packages.
	if (S_ISREG(entry->stat.st_mode) && strncmp(entry->path, "/var/lib/dpkg/status.d/", 23) == 0 && !ends_with(entry->name, ".md5sums")) {
		inspect->dpkg += 1;
	}
}

static void take_value(const char *line, const char *key, char value[64]) {
	size_t size = strlen(key);
	if (strncmp(line, key, size) != 0) {
		return;
	}
	size_t length = 0;
	for (const char *at = line + size; *at != '\0' && *at != '\n' && length < 63; at += 1) {
		if (*at != '"' && *at != '\'') {
			value[length] = *at;
			length += 1;
		}
	}
	value[length] = '\0';
}

void read_os_release(struct inspect *inspect) {
	char real[PATH_MAX];
	char text[8192];
	int fd = open_inside(inspect->root, "/etc/os-release", O_RDONLY | O_NONBLOCK, real);
	fd = fd < 0 ? open_inside(inspect->root, "/usr/lib/os-release", O_RDONLY | O_NONBLOCK, real) : fd;
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0) {
		close(fd);
	}
	text[size < 0 ? 0 : size] = '\0';
	for (const char *line = text; *line != '\0';) {
		take_value(line, "ID=", inspect->os_id);
		take_value(line, "VERSION_ID=", inspect->os_version);
		line += strcspn(line, "\n");
		line += *line == '\n' ? 1 : 0;
	}
}
