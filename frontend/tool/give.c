#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// Folders that a program must never own, wherever a link of the image leads to.
static bool is_systems(const char *real) {
	static const char *const exact[] = {"/", "/var", "/home", "/opt", "/srv", "/mnt", "/media", "/var/lib", "/var/log",
		"/var/cache", "/var/spool", "/usr", "/usr/local", "/tmp", "/var/tmp"};
	static const char *const whole[] = {"/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/dev", "/proc",
		"/sys", "/root", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/local/bin",
		"/usr/local/sbin", "/usr/local/lib", "/opt/sallyport", "/run/sallyport", "/var/lib/dpkg", "/var/lib/apt", "/var/lib/rpm"};
	for (size_t at = 0; at < sizeof exact / sizeof *exact; at += 1) {
		if (strcmp(real, exact[at]) == 0) {
			return true;
		}
	}
	for (size_t at = 0; at < sizeof whole / sizeof *whole; at += 1) {
		if (is_under(real, whole[at])) {
			return true;
		}
	}
	return false;
}

static void give(struct harden *harden, int folder, const char *name, const char *path, const struct stat *stat, int flags) {
	if (stat->st_uid == harden->uid && stat->st_gid == harden->gid) {
		return;
	}
	// A file with rights of its owner would get other rights.
	if (S_ISREG(stat->st_mode) && (stat->st_mode & 06000) != 0) {
		harden->failed += 1;
		return;
	}
	if (fchownat(folder, name, harden->uid, harden->gid, flags) != 0) {
		harden->failed += 1;
		return;
	}
	note_deed(&harden->owned, path);
}

static enum step meet(void *state, const struct entry *entry) {
	struct harden *harden = state;
	give(harden, entry->folder, entry->name, entry->path, &entry->stat, AT_SYMLINK_NOFOLLOW);
	return ONWARD;
}

// Opens the folder, and makes what is missing of the way to it.
static int open_made(struct harden *harden, const char *path, char real[PATH_MAX]) {
	int fd = open_inside(harden->root, path, O_RDONLY | O_NONBLOCK, real);
	if (fd >= 0 || errno != ENOENT) {
		return fd;
	}
	char above[PATH_MAX];
	const char *slash = strrchr(path, '/');
	if (slash == NULL || slash == path + strlen(path) - 1 || strlen(path) >= sizeof above || strstr(path, "/..") != NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(above, path, (size_t)(slash - path) + 1);
	above[slash == path ? 1 : slash - path] = '\0';
	int folder = strcmp(above, "/") == 0 ? open_inside(harden->root, "/", O_RDONLY | O_DIRECTORY, real) : open_made(harden, above, real);
	struct stat before;
	if (folder < 0) {
		return -1;
	}
	if (fstat(folder, &before) != 0 || mkdirat(folder, slash + 1, 0755) != 0) {
		close(folder);
		return -1;
	}
	int made = openat(folder, slash + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	restore_time(harden, folder, before.st_mtim);
	close(folder);
	if (made >= 0) {
		// The same input gives the same layer: a new folder is as old as the one it lies in.
		restore_time(harden, made, harden->epoch >= 0 ? (struct timespec){.tv_sec = harden->epoch} : before.st_mtim);
	}
	size_t size = strlen(real) == 1 ? 0 : strlen(real);
	int got = snprintf(real + size, PATH_MAX - size, "/%s", slash + 1);
	if (got <= 0 || (size_t)got >= PATH_MAX - size) {
		errno = ENAMETOOLONG;
		close(made);
		return -1;
	}
	return made;
}

// Takes `fd` over.
static void give_tree(struct harden *harden, int fd, const char *real) {
	struct stat stat;
	if (fstat(fd, &stat) != 0 || is_systems(real)) {
		harden->failed += 1;
		close(fd);
		return;
	}
	give(harden, fd, "", real, &stat, AT_EMPTY_PATH);
	struct walk walk = {0};
	struct visitor visitor = {.meet = meet, .state = harden};
	if (S_ISDIR(stat.st_mode) && !walk_tree(harden->root, real, &visitor, &walk)) {
		harden->failed += 1;
	}
	harden->failed += walk.unread;
	close(fd);
}

// The folder alone: the user may make files in it, and neither change nor replace those of others.
static void let_in(struct harden *harden, int fd, const char *real) {
	struct stat stat;
	if (fstat(fd, &stat) != 0 || is_systems(real)) {
		harden->failed += 1;
	} else if (S_ISDIR(stat.st_mode) && stat.st_uid != harden->uid) {
		// Who owns it may do as before; the bit keeps a file its owner's.
		bool is_done = fchown(fd, (uid_t)-1, harden->gid) == 0 && fchmod(fd, (stat.st_mode & 07777) | 01070) == 0;
		if (is_done) {
			note_deed(&harden->owned, real);
		} else {
			harden->failed += 1;
		}
	}
	close(fd);
}

void give_folders(struct harden *harden) {
	char real[PATH_MAX];
	for (size_t at = 0; at < harden->enter_count; at += 1) {
		int fd = open_inside(harden->root, harden->enter[at], O_RDONLY | O_DIRECTORY, real);
		if (fd >= 0) {
			let_in(harden, fd, real);
		}
	}
	for (size_t at = 0; at < harden->own_count; at += 1) {
		int fd = open_made(harden, harden->own[at], real);
		if (fd >= 0) {
			give_tree(harden, fd, real);
		} else {
			harden->failed += 1;
		}
	}
	for (size_t at = 0; at < harden->own_if_count; at += 1) {
		int fd = open_inside(harden->root, harden->own_if[at], O_RDONLY | O_NONBLOCK, real);
		if (fd >= 0) {
			give_tree(harden, fd, real);
		}
	}
}
