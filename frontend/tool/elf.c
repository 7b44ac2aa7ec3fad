#include "elf.h"

#include <string.h>
#include <unistd.h>

enum { MAX_SEGMENTS = 256, MAX_DYNAMIC = 4096, SEGMENT = 56, DYNAMIC = 16 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };
enum { DT_NULL = 0, DT_NEEDED = 1, DT_STRTAB = 5, DT_SONAME = 14, DT_RPATH = 15, DT_RUNPATH = 29, DT_FLAGS_1 = 0x6ffffffb };
enum { ET_EXEC = 2, ET_DYN = 3, NODEFLIB = 0x800 };

struct segment {
	uint32_t type;
	uint64_t offset, address, size;
};

static uint64_t number(const struct elf *elf, const uint8_t *at, size_t size) {
	uint64_t value = 0;
	for (size_t index = 0; index < size; index += 1) {
		value = value << 8 | at[elf->is_big ? index : size - 1 - index];
	}
	return value;
}

static bool read_at(int fd, void *into, size_t size, uint64_t offset) {
	return offset <= INT64_MAX - size && pread(fd, into, size, (off_t)offset) == (ssize_t)size;
}

static bool read_segment(const struct elf *elf, uint64_t table, size_t index, struct segment *segment) {
	uint8_t raw[SEGMENT];
	size_t size = elf->is_wide ? 56 : 32;
	if (table > UINT64_MAX - index * size || !read_at(elf->fd, raw, size, table + index * size)) {
		return false;
	}
	segment->type = (uint32_t)number(elf, raw, 4);
	segment->offset = elf->is_wide ? number(elf, raw + 8, 8) : number(elf, raw + 4, 4);
	segment->address = elf->is_wide ? number(elf, raw + 16, 8) : number(elf, raw + 8, 4);
	segment->size = elf->is_wide ? number(elf, raw + 32, 8) : number(elf, raw + 16, 4);
	return true;
}

// Where in the file lies what is loaded at this address? 0 when it is not from the file.
static uint64_t place_of(const struct elf *elf, uint64_t table, size_t count, uint64_t address) {
	for (size_t index = 0; index < count; index += 1) {
		struct segment one;
		if (read_segment(elf, table, index, &one) && one.type == PT_LOAD && address >= one.address &&
			address - one.address < one.size && one.offset <= UINT64_MAX - (address - one.address)) {
			return one.offset + (address - one.address);
		}
	}
	return 0;
}

static bool read_interpreter(struct elf *elf, const struct segment *segment) {
	if (segment->size < 2 || segment->size > sizeof elf->interpreter) {
		return false;
	}
	if (!read_at(elf->fd, elf->interpreter, (size_t)segment->size, segment->offset)) {
		elf->interpreter[0] = '\0';
		return false;
	}
	elf->interpreter[segment->size - 1] = '\0';
	return elf->interpreter[0] == '/';
}

static void take(struct elf *elf, uint64_t tag, uint64_t value, uint64_t *strings) {
	switch (tag) {
	case DT_NEEDED:
		if (elf->needs < MAX_NEEDED) {
			elf->needed[elf->needs] = value;
			elf->needs += 1;
		} else {
			elf->is_cut = true;
		}
		break;
	case DT_STRTAB: *strings = value; break;
	case DT_SONAME: elf->soname = value; break;
	case DT_RPATH: elf->rpath = value; break;
	case DT_RUNPATH: elf->runpath = value; break;
	case DT_FLAGS_1: elf->is_without_defaults = (value & NODEFLIB) != 0; break;
	default: break;
	}
}

static bool read_dynamic(struct elf *elf, uint64_t table, size_t count, const struct segment *segment) {
	size_t size = elf->is_wide ? 16 : 8;
	uint64_t strings = 0;
	for (size_t index = 0; index < MAX_DYNAMIC && (index + 1) * size <= segment->size; index += 1) {
		uint8_t raw[DYNAMIC];
		if (segment->offset > UINT64_MAX - index * size || !read_at(elf->fd, raw, size, segment->offset + index * size)) {
			return false;
		}
		uint64_t tag = number(elf, raw, size / 2);
		if (tag == DT_NULL) {
			break;
		}
		take(elf, tag, number(elf, raw + size / 2, size / 2), &strings);
	}
	elf->strings = place_of(elf, table, count, strings);
	return elf->strings != 0 || elf->needs == 0;
}

enum elf_kind read_elf(int fd, struct elf *elf) {
	uint8_t head[64] = {0};
	*elf = (struct elf){.fd = fd};
	ssize_t got = pread(fd, head, sizeof head, 0);
	if (got < 52 || memcmp(head, "\177ELF", 4) != 0) {
		return got >= 4 && memcmp(head, "\177ELF", 4) == 0 ? BROKEN_ELF : NO_ELF;
	}
	elf->is_wide = head[4] == 2;
	elf->is_big = head[5] == 2;
	if ((head[4] != 1 && head[4] != 2) || (head[5] != 1 && head[5] != 2) || (elf->is_wide && got < 64)) {
		return BROKEN_ELF;
	}
	elf->type = (unsigned)number(elf, head + 16, 2);
	elf->machine = (unsigned)number(elf, head + 18, 2);
	if (elf->type != ET_EXEC && elf->type != ET_DYN) {
		return OTHER_ELF;
	}
	uint64_t table = elf->is_wide ? number(elf, head + 32, 8) : number(elf, head + 28, 4);
	uint64_t each = number(elf, head + (elf->is_wide ? 54 : 42), 2);
	size_t count = (size_t)number(elf, head + (elf->is_wide ? 56 : 44), 2);
	if (count > MAX_SEGMENTS || (count > 0 && each != (elf->is_wide ? 56 : 32))) {
		return BROKEN_ELF;
	}
	for (size_t index = 0; index < count; index += 1) {
		struct segment segment;
		if (!read_segment(elf, table, index, &segment) || (segment.type == PT_INTERP && !read_interpreter(elf, &segment)) ||
			(segment.type == PT_DYNAMIC && !read_dynamic(elf, table, count, &segment))) {
			return BROKEN_ELF;
		}
	}
	return LINKED_ELF;
}

bool elf_text(const struct elf *elf, uint64_t offset, char text[MAX_ELF_TEXT]) {
	if (elf->strings == 0 || offset > UINT64_MAX / 2 || elf->strings > UINT64_MAX / 2 - offset) {
		return false;
	}
	ssize_t got = pread(elf->fd, text, MAX_ELF_TEXT, (off_t)(elf->strings + offset));
	return got > 0 && text[0] != '\0' && memchr(text, '\0', (size_t)got) != NULL;
}
