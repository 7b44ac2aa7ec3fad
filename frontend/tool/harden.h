#ifndef SALLYPORT_HARDEN_H
#define SALLYPORT_HARDEN_H

#include "tree.h"

#include <stdint.h>
#include <stdio.h>

enum { MAX_PATHS = 64, MAX_SHOWN = 20 };

// Something that was done, how often, and to what at first.
struct deed {
	const char *name;
	unsigned long long count;
	char *paths[MAX_SHOWN];
	size_t shown;
};

struct harden {
	int root;
	const char *keep[MAX_PATHS]; // left as they are, with all that lies under them
	size_t keep_count;
	const char *own[MAX_PATHS]; // made where they are missing
	size_t own_count;
	const char *own_if[MAX_PATHS]; // only where they are there
	size_t own_if_count;
	const char *enter[MAX_PATHS]; // folders in which the user may make files, and change none of others
	size_t enter_count;
	bool with_setuid, with_world, with_caches, is_slim, is_shell_less;
	const char *user; // "uid:gid", "uid" or a name; NULL when none is given
	uint32_t uid, gid;
	int64_t epoch; // -1: times stay
	struct deed setuid, world, sticky, removed, emptied, programs, shells, owned;
	unsigned long long failed;
	ino_t busybox; // 0: there is none
	const char *account; // what became of the user's entry
};

void note_deed(struct deed *deed, const char *path);
// Never later than the epoch; otherwise as it was.
void restore_time(const struct harden *harden, int fd, struct timespec before);
// Caches, lists, logs and leftovers.
enum waste { KEEP, REMOVE, EMPTY } waste_of(const char *path, const char *name, mode_t mode);
bool is_package_program(const char *path, const char *name);
bool is_program_folder(const char *path, const char *name);
bool is_shell(const char *path, const char *name);
// Puts the user into passwd and group, where those are there and lack it. False when it cannot be told who that is.
bool settle_user(struct harden *harden);
// Whether passwd has the user, by number or name.
bool is_user_known(int root, const char *user);
void give_folders(struct harden *harden);
bool is_under(const char *path, const char *folder);

#endif
