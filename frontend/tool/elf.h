// What an ELF file says it needs. The file may be an enemy's: every offset in it is only a wish.
#ifndef SALLYPORT_ELF_H
#define SALLYPORT_ELF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_NEEDED = 512, MAX_ELF_TEXT = 4096 };

struct elf {
	int fd;
	bool is_wide; // 64 bits
	bool is_big; // most significant byte first
	unsigned type;
	unsigned machine;
	char interpreter[PATH_MAX]; // "" when it names none
	uint64_t strings; // where the names lie in the file; 0 when there are none
	size_t needs;
	uint64_t needed[MAX_NEEDED];
	uint64_t rpath; // 0 when there is none, as with the next two
	uint64_t runpath;
	uint64_t soname;
	bool is_without_defaults;
	bool is_cut; // it needs more than is read
};

enum elf_kind { NO_ELF, BROKEN_ELF, OTHER_ELF, LINKED_ELF }; // OTHER: an object or a core

enum elf_kind read_elf(int fd, struct elf *elf);
// A name of its string table. False when it is not there, too long, or empty.
bool elf_text(const struct elf *elf, uint64_t offset, char text[MAX_ELF_TEXT]);

#endif
