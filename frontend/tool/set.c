#include "set.h"

#include <stdlib.h>

enum { FIRST_ROOM = 1024, MAX_ROOM = 1 << 22 };

static uint64_t mixed(uint64_t key) {
	key = (key ^ key >> 33) * 0xff51afd7ed558ccdu;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53u;
	key ^= key >> 33;
	return key == 0 ? 1 : key;
}

static void put(uint64_t *slots, size_t room, uint64_t key) {
	size_t at = key & (room - 1);
	while (slots[at] != 0 && slots[at] != key) {
		at = (at + 1) & (room - 1);
	}
	slots[at] = key;
}

static bool grow(struct set *set) {
	size_t room = set->room == 0 ? FIRST_ROOM : set->room * 2;
	uint64_t *slots = room > MAX_ROOM ? NULL : calloc(room, sizeof *slots);
	if (slots == NULL) {
		return false;
	}
	for (size_t at = 0; at < set->room; at += 1) {
		if (set->slots[at] != 0) {
			put(slots, room, set->slots[at]);
		}
	}
	free(set->slots);
	set->slots = slots;
	set->room = room;
	return true;
}

bool set_has(const struct set *set, uint64_t key) {
	uint64_t wanted = mixed(key);
	for (size_t at = wanted & (set->room - 1); set->room > 0 && set->slots[at] != 0; at = (at + 1) & (set->room - 1)) {
		if (set->slots[at] == wanted) {
			return true;
		}
	}
	return false;
}

bool set_add(struct set *set, uint64_t key) {
	if (set_has(set, key)) {
		return true;
	}
	if ((set->count + 1) * 2 > set->room && !grow(set)) {
		return false;
	}
	put(set->slots, set->room, mixed(key));
	set->count += 1;
	return true;
}

void set_free(struct set *set) {
	free(set->slots);
	*set = (struct set){0};
}

uint64_t file_key(const struct stat *stat) {
	return (uint64_t)stat->st_dev * 0x9e3779b97f4a7c15u + (uint64_t)stat->st_ino;
}
