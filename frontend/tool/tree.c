#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MAX_DEPTH = 400 };

struct walking {
	const struct visitor *visitor;
	struct walk *walk;
	unsigned long long mount; // 0: the kernel does not tell
	dev_t device;
	char path[4 * PATH_MAX];
};

struct seen {
	struct stat stat;
	unsigned long long mount;
};

static struct timespec time_of(struct statx_timestamp from) {
	return (struct timespec){.tv_sec = from.tv_sec, .tv_nsec = (long)from.tv_nsec};
}

static bool look(int folder, const char *name, struct seen *seen) {
	struct statx found;
	unsigned flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] == '\0' ? AT_EMPTY_PATH : 0U);
	if (statx(folder, name, (int)flags, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) {
		return false;
	}
	seen->mount = (found.stx_mask & STATX_MNT_ID) == 0 ? 0 : found.stx_mnt_id;
	seen->stat = (struct stat){
		.st_dev = makedev(found.stx_dev_major, found.stx_dev_minor),
		.st_ino = found.stx_ino,
		.st_mode = found.stx_mode,
		.st_nlink = found.stx_nlink,
		.st_uid = found.stx_uid,
		.st_gid = found.stx_gid,
		.st_size = (off_t)found.stx_size,
		.st_atim = time_of(found.stx_atime),
		.st_mtim = time_of(found.stx_mtime),
	};
	return true;
}

// What the engine lays over every container, for kernels that do not number mounts.
static bool is_engines(const char *path) {
	static const char *const theirs[] = {"/proc", "/sys", "/dev", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname"};
	for (size_t at = 0; at < sizeof theirs / sizeof *theirs; at += 1) {
		if (strcmp(path, theirs[at]) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_mounted(const struct walking *walking, const struct seen *seen) {
	if (seen->mount != 0 && walking->mount != 0) {
		return seen->mount != walking->mount;
	}
	// On an overlay a file may have another device than its folder.
	bool is_elsewhere = S_ISDIR(seen->stat.st_mode) && seen->stat.st_dev != walking->device;
	return is_elsewhere || is_engines(walking->path);
}

static void walk_folder(struct walking *walking, int fd, const struct entry *entry, size_t length, int depth);

static void meet(struct walking *walking, int folder, const char *name, size_t length, int depth) {
	struct walk *walk = walking->walk;
	struct seen seen;
	if (!look(folder, name, &seen)) {
		walk->unread += 1;
		return;
	}
	if (is_mounted(walking, &seen)) {
		return;
	}
	walk->files += 1;
	const struct visitor *visitor = walking->visitor;
	struct entry entry = {.folder = folder, .name = name, .path = walking->path, .stat = seen.stat};
	enum step step = visitor->meet(visitor->state, &entry);
	walk->is_halted = walk->is_halted || step == HALT;
	if (step != ONWARD || !S_ISDIR(seen.stat.st_mode)) {
		return;
	}
	int fd = depth >= MAX_DEPTH ? -1 : openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		walk->unread += 1;
		return;
	}
	walk_folder(walking, fd, &entry, length, depth + 1);
}

// Takes `fd` over.
static void walk_folder(struct walking *walking, int fd, const struct entry *entry, size_t length, int depth) {
	DIR *folder = fdopendir(fd);
	if (folder == NULL) {
		close(fd);
		walking->walk->unread += 1;
		return;
	}
	for (struct dirent *next; !walking->walk->is_halted && (next = readdir(folder)) != NULL;) {
		size_t size = strlen(next->d_name);
		if (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0) {
			continue;
		}
		if (length + size + 2 > sizeof walking->path) {
			walking->walk->unread += 1;
			continue;
		}
		walking->path[length] = '/';
		memcpy(walking->path + length + 1, next->d_name, size + 1);
		meet(walking, dirfd(folder), next->d_name, length + 1 + size, depth);
	}
	walking->path[length] = '\0';
	if (walking->visitor->leave != NULL) {
		struct entry left = *entry;
		left.path = length == 0 ? "/" : walking->path;
		walking->visitor->leave(walking->visitor->state, &left, dirfd(folder));
	}
	closedir(folder);
}

static void allow_deep_trees(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max > MAX_DEPTH * 2 ? MAX_DEPTH * 2 : limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit); // without it less deep trees are walked, and counted
	}
}

bool walk_tree(int root, const char *start, const struct visitor *visitor, struct walk *walk) {
	struct walking walking = {.visitor = visitor, .walk = walk};
	allow_deep_trees();
	int fd = open_inside(root, start, O_RDONLY | O_DIRECTORY, walking.path);
	struct seen seen;
	if (fd < 0) {
		return false;
	}
	if (!look(fd, "", &seen)) {
		close(fd);
		return false;
	}
	walking.mount = seen.mount;
	walking.device = seen.stat.st_dev;
	size_t length = strcmp(walking.path, "/") == 0 ? 0 : strlen(walking.path);
	struct entry start_entry = {.folder = fd, .name = ".", .path = walking.path, .stat = seen.stat};
	walk_folder(&walking, fd, &start_entry, length, 0);
	return true;
}
