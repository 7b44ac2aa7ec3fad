#ifndef SALLYPORT_INSPECT_H
#define SALLYPORT_INSPECT_H

#include "set.h"
#include "tree.h"

#include <limits.h>

enum { MAX_LISTED = 20, MAX_CREDENTIALS = 50, MAX_PATH_SHOWN = 512 };

// Things of one kind: how many there are, and where the first ones lie.
struct list {
	const char *name;
	unsigned long long count;
	char *paths[MAX_LISTED];
	size_t shown;
};

struct credential {
	char *path;
	const char *kind;
	size_t length;
};

struct inspect {
	int root;
	const char *user;
	struct set seen; // files with several names
	unsigned long long files, bytes, of_others;
	unsigned long long dpkg, apk, npm, python;
	bool has_rpm;
	struct list setuid, world_files, world_folders, shells, managers, compilers, ssh, git;
	struct credential credentials[MAX_CREDENTIALS];
	size_t credential_count;
	unsigned long long credentials_unlisted;
	char os_id[64];
	char os_version[64];
};

void list_path(struct list *list, const char *path);
// What lies in the file that is a credential by its form or by the name of the file. Its value goes nowhere.
void look_for_credentials(struct inspect *inspect, const struct entry *entry);
void count_packages(struct inspect *inspect);
void count_package_entry(struct inspect *inspect, const struct entry *entry);
void read_os_release(struct inspect *inspect);

#endif
