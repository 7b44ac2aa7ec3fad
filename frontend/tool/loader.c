#include "loader.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CACHE = 8 << 20, CACHE_HEAD = 48, CACHE_ENTRY = 24, MAX_ENTRIES = 40000 };
enum { SLOTS = sizeof((struct image *)0)->cache_slots / sizeof(uint32_t) };

uint64_t hash_of(const char *text) {
	uint64_t hash = 14695981039346656037u;
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at += 1) {
		hash = (hash ^ *at) * 1099511628211u;
	}
	return hash;
}

static uint32_t little(const unsigned char *at) {
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

// A string of the cache; NULL when it is none.
static const char *cache_text(const struct image *image, uint32_t offset) {
	if (offset >= image->cache_size || memchr(image->cache + offset, '\0', image->cache_size - offset) == NULL) {
		return NULL;
	}
	return (const char *)image->cache + offset;
}

// What the header says may be wrong; what lies outside of the file is not there.
static size_t entries_of(const struct image *image) {
	size_t room = (image->cache_size - CACHE_HEAD) / CACHE_ENTRY;
	uint32_t said = little(image->cache + 20);
	size_t count = said < room ? said : room;
	return count < MAX_ENTRIES ? count : MAX_ENTRIES;
}

static void index_cache(struct image *image) {
	size_t count = entries_of(image);
	for (size_t index = 0; index < count; index += 1) {
		const char *name = cache_text(image, little(image->cache + CACHE_HEAD + index * CACHE_ENTRY + 4));
		if (name == NULL || strnlen(name, NAME_MAX + 1) > NAME_MAX) {
			continue;
		}
		size_t slot = hash_of(name) % SLOTS;
		while (image->cache_slots[slot] != 0) {
			slot = (slot + 1) % SLOTS;
		}
		image->cache_slots[slot] = (uint32_t)index + 1;
	}
}

static unsigned char *whole_file(int root, const char *path, size_t max, size_t *size) {
	char real[PATH_MAX];
	int fd = open_inside(root, path, O_RDONLY | O_NONBLOCK, real);
	struct stat stat;
	unsigned char *bytes = NULL;
	if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size > 0 && (size_t)stat.st_size <= max) {
		bytes = malloc((size_t)stat.st_size);
		if (bytes != NULL && read(fd, bytes, (size_t)stat.st_size) != stat.st_size) {
			free(bytes);
			bytes = NULL;
		}
		*size = (size_t)stat.st_size;
	}
	if (fd >= 0) {
		close(fd);
	}
	return bytes;
}

// Builds before 2.32 put the old form first; the new one follows it.
static void read_cache(struct image *image) {
	static const char magic[] = "glibc-ld.so.cache1.1";
	size_t size = 0;
	unsigned char *bytes = whole_file(image->root, "/etc/ld.so.cache", MAX_CACHE, &size);
	if (bytes == NULL) {
		return;
	}
	unsigned char *start = memmem(bytes, size, magic, sizeof magic - 1);
	if (start == NULL || size - (size_t)(start - bytes) < CACHE_HEAD) {
		free(bytes);
		return;
	}
	image->cache_size = size - (size_t)(start - bytes);
	memmove(bytes, start, image->cache_size);
	image->cache = bytes;
	index_cache(image);
}

static bool is_there(int root, const char *path) {
	char real[PATH_MAX];
	int fd = open_inside(root, path, O_PATH, real);
	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

static void read_musl(struct image *image) {
	static const char *const machines[] = {"x86_64", "aarch64", "armhf", "i386", "riscv64", "powerpc64le", "s390x"};
	memcpy(image->musl_path, "/lib:/usr/local/lib:/usr/lib", sizeof "/lib:/usr/local/lib:/usr/lib");
	for (size_t at = 0; at < sizeof machines / sizeof *machines; at += 1) {
		char path[64];
		(void)snprintf(path, sizeof path, "/lib/ld-musl-%s.so.1", machines[at]);
		image->is_musl = image->is_musl || is_there(image->root, path);
		(void)snprintf(path, sizeof path, "/etc/ld-musl-%s.path", machines[at]);
		size_t size = 0;
		unsigned char *bytes = whole_file(image->root, path, PATH_MAX - 1, &size);
		for (size_t index = 0; bytes != NULL && index < size; index += 1) {
			image->musl_path[index] = bytes[index] == '\n' ? ':' : (char)bytes[index];
			image->musl_path[index + 1] = '\0';
		}
		free(bytes);
	}
	image->is_musl = image->is_musl && !is_there(image->root, "/lib64/ld-linux-x86-64.so.2") &&
		!is_there(image->root, "/lib/ld-linux-aarch64.so.1");
}

void read_image(struct image *image, int root, const char *library_path) {
	*image = (struct image){.root = root, .library_path = library_path};
	read_cache(image);
	read_musl(image);
}

void forget_image(struct image *image) {
	free(image->cache);
	image->cache = NULL;
}

// A loader passes by what is for another machine.
static bool fits(struct image *image, const struct elf *asking, const char *path, char real[PATH_MAX]) {
	image->looks += 1;
	int fd = image->looks > MAX_LOOKS ? -1 : open_inside(image->root, path, O_RDONLY | O_NONBLOCK, real);
	if (fd < 0) {
		return false;
	}
	static struct elf found; // large, and nothing below asks for another
	bool is_right = read_elf(fd, &found) == LINKED_ELF && found.machine == asking->machine &&
		found.is_wide == asking->is_wide && found.is_big == asking->is_big;
	close(fd);
	return is_right;
}

// `folder` with its $ORIGIN filled in. What else begins with $ is not known here.
static bool expand(const char *folder, size_t size, const char *origin, char *into, size_t room) {
	static const char *const names[] = {"$ORIGIN", "${ORIGIN}"};
	for (size_t at = 0; at < 2; at += 1) {
		size_t length = strlen(names[at]);
		if (size >= length && memcmp(folder, names[at], length) == 0) {
			int got = snprintf(into, room, "%s%.*s", origin, (int)(size - length), folder + length);
			return got > 0 && (size_t)got < room && strchr(into, '$') == NULL;
		}
	}
	int got = snprintf(into, room, "%.*s", (int)size, folder);
	return got > 0 && (size_t)got < room && into[0] == '/' && strchr(into, '$') == NULL;
}

bool at_path(struct image *image, const struct elf *asking, const char *path, const char *origin, char real[PATH_MAX]) {
	char full[PATH_MAX];
	return expand(path, strlen(path), origin, full, sizeof full) && fits(image, asking, full, real);
}

bool in_folders(struct image *image, const struct elf *asking, const char *folders, const char *origin, const char *name, char real[PATH_MAX]) {
	for (const char *at = folders; *at != '\0';) {
		size_t size = strcspn(at, ":");
		char folder[PATH_MAX];
		char path[PATH_MAX];
		if (size > 0 && size < PATH_MAX && expand(at, size, origin, folder, sizeof folder)) {
			int got = snprintf(path, sizeof path, "%s/%s", folder, name);
			if (got > 0 && (size_t)got < sizeof path && fits(image, asking, path, real)) {
				return true;
			}
		}
		at += size + (at[size] == ':' ? 1 : 0);
	}
	return false;
}

bool in_cache(struct image *image, const struct elf *asking, const char *name, char real[PATH_MAX]) {
	if (image->cache == NULL) {
		return false;
	}
	// Equal names stand side by side, one for each machine; a bounded number of them is tried.
	int tries = 0;
	for (size_t slot = hash_of(name) % SLOTS; image->cache_slots[slot] != 0 && tries < 64; slot = (slot + 1) % SLOTS) {
		const unsigned char *entry = image->cache + CACHE_HEAD + (image->cache_slots[slot] - 1) * CACHE_ENTRY;
		const char *key = cache_text(image, little(entry + 4));
		const char *path = cache_text(image, little(entry + 8));
		tries += 1;
		if (key != NULL && path != NULL && strcmp(key, name) == 0 && fits(image, asking, path, real)) {
			return true;
		}
	}
	return false;
}

static const char *triplet_of(const struct elf *asking) {
	switch (asking->machine) {
	case 3: return "i386-linux-gnu";
	case 20: return "powerpc-linux-gnu";
	case 21: return asking->is_big ? "powerpc64-linux-gnu" : "powerpc64le-linux-gnu";
	case 22: return "s390x-linux-gnu";
	case 40: return "arm-linux-gnueabihf";
	case 62: return asking->is_wide ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
	case 183: return "aarch64-linux-gnu";
	case 243: return "riscv64-linux-gnu";
	default: return "none";
	}
}

bool in_default_folders(struct image *image, const struct elf *asking, bool is_musl, const char *name, char real[PATH_MAX]) {
	if (is_musl) {
		return in_folders(image, asking, image->musl_path, "/", name, real);
	}
	char folders[256];
	const char *triplet = triplet_of(asking);
	(void)snprintf(folders, sizeof folders, "/lib/%s:/usr/lib/%s:/lib64:/usr/lib64:/lib:/usr/lib", triplet, triplet);
	return in_folders(image, asking, folders, "/", name, real);
}
