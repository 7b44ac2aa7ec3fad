// Where the loaders of an image look for a library: glibc's by its cache and its own folders, musl's by its path file.
#ifndef SALLYPORT_LOADER_H
#define SALLYPORT_LOADER_H

#include "elf.h"

#include <limits.h>
#include <stdbool.h>

struct image {
	int root;
	const char *library_path; // LD_LIBRARY_PATH of the image, or NULL
	bool is_musl; // its loader is there, and glibc's is not
	char musl_path[PATH_MAX]; // folders with colons between them
	unsigned char *cache; // /etc/ld.so.cache, or NULL
	size_t cache_size;
	uint32_t cache_slots[1 << 16]; // 1 + number of an entry, by the hash of its name
	unsigned long long looks; // folders that were searched: hostile files could ask for ever
};

enum { MAX_LOOKS = 4000000 };

void read_image(struct image *image, int root, const char *library_path);
void forget_image(struct image *image);

// The library `name` for an object of this kind in one of these folders ("a:b", `origin` stands for $ORIGIN).
bool in_folders(struct image *image, const struct elf *asking, const char *folders, const char *origin, const char *name, char real[PATH_MAX]);
bool in_cache(struct image *image, const struct elf *asking, const char *name, char real[PATH_MAX]);
bool in_default_folders(struct image *image, const struct elf *asking, bool is_musl, const char *name, char real[PATH_MAX]);
// A path as it stands in NEEDED.
bool at_path(struct image *image, const struct elf *asking, const char *path, const char *origin, char real[PATH_MAX]);
uint64_t hash_of(const char *text);

#endif
