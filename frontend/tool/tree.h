// How the commands look at an image: every path is taken inside its root, because whoever made the image chose its links.
#ifndef SALLYPORT_TREE_H
#define SALLYPORT_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

// Opens what a path of the image means, as a program inside would see it. The path without links comes back in `real` (PATH_MAX).
// -1 and errno when there is nothing, or nothing inside the root.
int open_inside(int root, const char *path, int flags, char *real);

struct entry {
	int folder; // it lies in this one
	const char *name;
	const char *path; // absolute, inside the root
	struct stat stat;
};

enum step { ONWARD, PAST, HALT }; // PAST: not into this folder

struct visitor {
	enum step (*meet)(void *state, const struct entry *entry);
	// After a folder's last entry; may be NULL. `fd` is the folder, `entry` what was met of it before it was entered.
	void (*leave)(void *state, const struct entry *entry, int fd);
	void *state;
};

struct walk {
	unsigned long long files; // everything that was met
	unsigned long long unread; // folders that could not be opened or lie too deep
	bool is_halted;
};

// Meets everything under `start` once, follows no link and enters no other mount. False when `start` cannot be opened.
bool walk_tree(int root, const char *start, const struct visitor *visitor, struct walk *walk);

#endif
