#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

// openat2 would do this too, but neither every sandbox nor every emulator lets it through. Nobody else changes the tree meanwhile.
struct way {
	int at;
	size_t length; // of the path so far, without a closing slash
	char *real;
	char rest[2 * PATH_MAX];
	char leaf[NAME_MAX + 1]; // what is no folder ends the way
	int links;
};

static bool set_rest(struct way *way, const char *first, const char *then) {
	char joined[2 * PATH_MAX];
	size_t one = strlen(first);
	size_t two = strlen(then);
	if (one + two + 2 > sizeof joined) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(joined, first, one);
	joined[one] = '/';
	memcpy(joined + one + 1, then, two + 1);
	memcpy(way->rest, joined, one + two + 2);
	return true;
}

static bool start_over(struct way *way, int root) {
	int fd = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return false;
	}
	if (way->at >= 0) {
		close(way->at);
	}
	way->at = fd;
	way->length = 0;
	way->real[0] = '\0';
	return true;
}

static bool go_up(struct way *way) {
	if (way->length == 0) {
		return true; // above the root is the root
	}
	int fd = openat(way->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return false;
	}
	close(way->at);
	way->at = fd;
	char *slash = strrchr(way->real, '/');
	way->length = slash == NULL ? 0 : (size_t)(slash - way->real);
	way->real[way->length] = '\0';
	return true;
}

static bool follow(struct way *way, int root, int link) {
	char goal[PATH_MAX];
	ssize_t got = readlinkat(link, "", goal, sizeof goal - 1);
	if (got < 0) {
		return false;
	}
	way->links += 1;
	if (way->links > MAX_LINKS) {
		errno = ELOOP;
		return false;
	}
	goal[got] = '\0';
	return (goal[0] != '/' || start_over(way, root)) && set_rest(way, goal, way->rest);
}

static bool go_in(struct way *way, int root, const char *name, size_t size) {
	if (way->length + size + 2 > PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	int fd = openat(way->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;
	if (fd < 0) {
		return false;
	}
	if (fstat(fd, &stat) != 0) {
		close(fd);
		return false;
	}
	if (S_ISLNK(stat.st_mode)) {
		bool is_followed = follow(way, root, fd);
		close(fd);
		return is_followed;
	}
	way->real[way->length] = '/';
	memcpy(way->real + way->length + 1, name, size + 1);
	way->length += size + 1;
	if (S_ISDIR(stat.st_mode)) {
		close(way->at);
		way->at = fd;
	} else {
		close(fd);
		memcpy(way->leaf, name, size + 1);
	}
	return true;
}

static bool step_on(struct way *way, int root) {
	char *from = way->rest + strspn(way->rest, "/");
	size_t size = strcspn(from, "/");
	char name[NAME_MAX + 1];
	if (size > NAME_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(name, from, size);
	name[size] = '\0';
	memmove(way->rest, from + size, strlen(from + size) + 1);
	if (way->leaf[0] != '\0') {
		errno = ENOTDIR;
		return false;
	}
	if (size == 0 || strcmp(name, ".") == 0) {
		return true;
	}
	return strcmp(name, "..") == 0 ? go_up(way) : go_in(way, root, name, size);
}

// Devices and pipes of an image are nothing to open.
static int open_found(const struct way *way, int flags) {
	if (way->leaf[0] == '\0') {
		return openat(way->at, ".", flags | O_CLOEXEC);
	}
	struct stat stat;
	if (fstatat(way->at, way->leaf, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
		return -1;
	}
	if (!S_ISREG(stat.st_mode) && (flags & O_PATH) == 0) {
		errno = ENXIO;
		return -1;
	}
	return openat(way->at, way->leaf, flags | O_NOFOLLOW | O_CLOEXEC);
}

int open_inside(int root, const char *path, int flags, char *real) {
	struct way way = {.at = -1, .real = real, .leaf = "", .links = 0};
	if (!set_rest(&way, path, "") || !start_over(&way, root)) {
		return -1;
	}
	bool is_there = true;
	while (is_there && way.rest[strspn(way.rest, "/")] != '\0') {
		is_there = step_on(&way, root);
	}
	int fd = is_there ? open_found(&way, flags) : -1;
	int reason = errno;
	close(way.at);
	errno = reason;
	if (real[0] == '\0') {
		memcpy(real, "/", 2);
	}
	return fd;
}
