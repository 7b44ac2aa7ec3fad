#ifndef SALLYPORT_CLOSURE_H
#define SALLYPORT_CLOSURE_H

#include "loader.h"
#include "set.h"

enum { MAX_OBJECTS = 2048, MAX_NAMES = 8192, MAX_TOLD = 1000, MAX_FILES = 1 << 20 };

// A program or library that is being loaded, and who asked for it.
struct object {
	char *path;
	char *name; // by which it was asked for
	char *rpath; // NULL: none, or a RUNPATH stands in its place
	size_t parent;
};

// What one program draws in, in the order in which a loader would.
struct loading {
	struct object objects[MAX_OBJECTS];
	size_t count;
	bool is_musl;
	bool is_program;
	char interpreter[PATH_MAX];
};

struct closure {
	struct image image;
	struct set done; // files, by device and number
	struct set names; // of everything that may be a library
	struct loading *loading;
	struct missing {
		char *file;
		char *needs;
		const char *kind;
	} late[MAX_TOLD]; // of libraries that nothing here loads: told when no such name is in the image
	size_t late_count;
	const char *search; // PATH
	bool is_second; // programs come first
	bool with_scripts;
	unsigned long long programs, libraries, scripts, broken, missing, told;
	bool is_full;
};

const char *base_of(const char *path);
// One line about something that is not there.
void tell(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by);
void miss(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by);
void clear_loading(struct loading *loading);
bool is_interpreter_there(struct closure *closure, const char *path);
// Loads a program or library as its loader would, and tells what is missing.
void check_elf(struct closure *closure, const struct elf *elf, const char *path);

#endif
