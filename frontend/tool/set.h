// Numbers that were seen before. Two that are equal by chance (64 bits) count as one.
#ifndef SALLYPORT_SET_H
#define SALLYPORT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct set {
	uint64_t *slots; // 0 is free
	size_t room; // a power of two
	size_t count;
};

// False when there is no memory for it.
bool set_add(struct set *set, uint64_t key);
bool set_has(const struct set *set, uint64_t key);
void set_free(struct set *set);
uint64_t file_key(const struct stat *stat);

#endif
