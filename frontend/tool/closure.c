#include "json.h"
#include "loader.h"
#include "set.h"
#include "tool.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void tell(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by) {
	closure->told += 1;
	if (closure->told > MAX_TOLD) {
		return;
	}
	json_open(NULL, '{');
	json_text("kind", kind);
	json_text("file", file);
	json_text("needs", needs);
	if (by != NULL) {
		json_text("by", by);
	}
	json_close('}');
	(void)json_end();
}

static void miss(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by) {
	closure->missing += 1;
	tell(closure, kind, file, needs, by);
}

static void miss_later(struct closure *closure, const char *file, const char *needs) {
	if (closure->late_count == MAX_TOLD) {
		closure->is_full = true;
		return;
	}
	struct missing *late = &closure->late[closure->late_count];
	late->file = strdup(file);
	late->needs = strdup(needs);
	late->kind = "library";
	if (late->file == NULL || late->needs == NULL) {
		closure->is_full = true;
		free(late->file);
		free(late->needs);
		return;
	}
	closure->late_count += 1;
}

static const char *base_of(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static void folder_of(const char *path, char folder[PATH_MAX]) {
	size_t size = (size_t)(base_of(path) - path);
	size = size > 1 ? size - 1 : size;
	memcpy(folder, path, size);
	folder[size] = '\0';
}

static bool add_object(struct closure *closure, const char *path, const char *name, size_t parent) {
	struct loading *loading = closure->loading;
	if (loading->count == MAX_OBJECTS) {
		closure->is_full = true;
		return false;
	}
	struct object *object = &loading->objects[loading->count];
	*object = (struct object){.path = strdup(path), .name = strdup(name), .parent = parent};
	loading->count += 1;
	if (object->path == NULL || object->name == NULL) {
		closure->is_full = true;
		return false;
	}
	return true;
}

static void clear_loading(struct loading *loading) {
	for (size_t at = 0; at < loading->count; at += 1) {
		free(loading->objects[at].path);
		free(loading->objects[at].name);
		free(loading->objects[at].rpath);
	}
	loading->count = 0;
}

// Loaded before under this name, or the loader itself, which is always there.
static bool is_loaded(const struct loading *loading, const char *name) {
	for (size_t at = 0; at < loading->count; at += 1) {
		if (strcmp(loading->objects[at].name, name) == 0 || strcmp(base_of(loading->objects[at].path), name) == 0) {
			return true;
		}
	}
	static const char *const musl[] = {"libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."};
	for (size_t at = 0; loading->is_musl && at < sizeof musl / sizeof *musl; at += 1) {
		if (strncmp(name, musl[at], strlen(musl[at])) == 0) {
			return true;
		}
	}
	return strcmp(base_of(loading->interpreter), name) == 0;
}

// RPATH of the object and of all who drew it in.
static bool in_rpaths(struct closure *closure, const struct elf *elf, size_t index, const char *name, char real[PATH_MAX]) {
	struct loading *loading = closure->loading;
	for (size_t at = index;; at = loading->objects[at].parent) {
		char origin[PATH_MAX];
		folder_of(loading->objects[at].path, origin);
		if (loading->objects[at].rpath != NULL &&
			in_folders(&closure->image, elf, loading->objects[at].rpath, origin, name, real)) {
			return true;
		}
		if (at == 0) {
			return false;
		}
	}
}

static bool find(struct closure *closure, const struct elf *elf, size_t index, const char *name, char real[PATH_MAX]) {
	struct loading *loading = closure->loading;
	struct image *image = &closure->image;
	char origin[PATH_MAX];
	char runpath[MAX_ELF_TEXT];
	folder_of(loading->objects[index].path, origin);
	if (strchr(name, '/') != NULL) {
		return at_path(image, elf, name, origin, real);
	}
	if ((elf->runpath == 0 || loading->is_musl) && in_rpaths(closure, elf, index, name, real)) {
		return true;
	}
	if (image->library_path != NULL && in_folders(image, elf, image->library_path, origin, name, real)) {
		return true;
	}
	if (elf->runpath != 0 && !loading->is_musl && elf_text(elf, elf->runpath, runpath) &&
		in_folders(image, elf, runpath, origin, name, real)) {
		return true;
	}
	if (elf->is_without_defaults) {
		return false;
	}
	return (!loading->is_musl && in_cache(image, elf, name, real)) ||
		in_default_folders(image, elf, loading->is_musl, name, real);
}

static void need(struct closure *closure, const struct elf *elf, size_t index, const char *name) {
	struct loading *loading = closure->loading;
	char real[PATH_MAX];
	if (is_loaded(loading, name)) {
		return;
	}
	if (find(closure, elf, index, name, real)) {
		(void)add_object(closure, real, name, index);
	} else if (loading->is_program) {
		miss(closure, "library", loading->objects[index].path, name, loading->objects[0].path);
		(void)add_object(closure, "", name, index); // told once for this program
	} else {
		miss_later(closure, loading->objects[index].path, name);
	}
}

static void load_one(struct closure *closure, size_t index) {
	struct loading *loading = closure->loading;
	static struct elf elf;
	char real[PATH_MAX];
	char text[MAX_ELF_TEXT];
	int fd = loading->objects[index].path[0] == '\0'
		? -1
		: open_inside(closure->image.root, loading->objects[index].path, O_RDONLY | O_NONBLOCK, real);
	if (fd < 0) {
		return;
	}
	struct stat stat;
	if (fstat(fd, &stat) == 0 && read_elf(fd, &elf) == LINKED_ELF) {
		closure->is_full = !set_add(&closure->done, file_key(&stat)) || closure->is_full;
		uint64_t rpath = loading->is_musl && elf.rpath == 0 ? elf.runpath : elf.rpath;
		if (rpath != 0 && (elf.runpath == 0 || loading->is_musl) && elf_text(&elf, rpath, text)) {
			loading->objects[index].rpath = strdup(text);
		}
		closure->is_full = closure->is_full || elf.is_cut;
		for (size_t at = 0; at < elf.needs; at += 1) {
			if (elf_text(&elf, elf.needed[at], text)) {
				need(closure, &elf, index, text);
			}
		}
	}
	close(fd);
}

static bool is_interpreter_there(struct closure *closure, const char *path) {
	char real[PATH_MAX];
	int fd = open_inside(closure->image.root, path, O_RDONLY | O_NONBLOCK, real);
	struct stat stat;
	bool is_program = fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (stat.st_mode & 0111) != 0;
	if (fd >= 0) {
		close(fd);
	}
	return is_program;
}

static void check_elf(struct closure *closure, const struct elf *elf, const char *path) {
	struct loading *loading = closure->loading;
	loading->is_program = elf->interpreter[0] != '\0';
	loading->is_musl = loading->is_program ? strstr(elf->interpreter, "ld-musl") != NULL : closure->image.is_musl;
	memcpy(loading->interpreter, elf->interpreter, sizeof loading->interpreter);
	if (loading->is_program) {
		closure->programs += 1;
		if (!is_interpreter_there(closure, elf->interpreter)) {
			miss(closure, "interpreter", path, elf->interpreter, NULL);
			return;
		}
	} else {
		closure->libraries += 1;
	}
	clear_loading(loading);
	if (!add_object(closure, path, base_of(path), 0)) {
		return;
	}
	for (size_t index = 0; index < loading->count; index += 1) {
		load_one(closure, index);
	}
}

static bool in_search(struct closure *closure, const char *name) {
	for (const char *at = closure->search; *at != '\0';) {
		size_t size = strcspn(at, ":");
		char path[PATH_MAX];
		int got = snprintf(path, sizeof path, "%.*s/%s", (int)(size < PATH_MAX ? size : 0), at, name);
		if (got > 0 && (size_t)got < sizeof path && is_interpreter_there(closure, path)) {
			return true;
		}
		at += size + (at[size] == ':' ? 1 : 0);
	}
	return false;
}

// `#!/usr/bin/env -S NAME` and `#!/usr/bin/env NAME` are asked for both words.
static void check_script(struct closure *closure, char *line, const char *path) {
	closure->scripts += 1;
	line[strcspn(line, "\n")] = '\0';
	char *rest = NULL;
	const char *program = strtok_r(line + 2, " \t\r", &rest);
	if (program == NULL) {
		return;
	}
	bool is_there = program[0] == '/' && is_interpreter_there(closure, program);
	const char *needs = program;
	if (is_there && strcmp(base_of(program), "env") == 0) {
		const char *word = strtok_r(NULL, " \t\r", &rest);
		while (word != NULL && (word[0] == '-' || strchr(word, '=') != NULL)) {
			word = strtok_r(NULL, " \t\r", &rest);
		}
		needs = word == NULL ? program : word;
		is_there = word == NULL || in_search(closure, word);
	}
	if (!is_there) {
		closure->missing += closure->with_scripts ? 1 : 0;
		tell(closure, "script", path, needs, NULL);
	}
}

static void check_file(struct closure *closure, int fd, const struct stat *stat, const char *path) {
	static struct elf elf;
	char head[256];
	ssize_t got = pread(fd, head, sizeof head - 1, 0);
	if (got < 4) {
		return;
	}
	head[got] = '\0';
	if (head[0] == '#' && head[1] == '!') {
		if (!closure->is_second && (stat->st_mode & 0111) != 0 && strlen(head) == (size_t)got) {
			check_script(closure, head, path);
		}
		return;
	}
	enum elf_kind kind = read_elf(fd, &elf);
	closure->broken += kind == BROKEN_ELF && !closure->is_second ? 1 : 0;
	bool is_program = kind == LINKED_ELF && elf.interpreter[0] != '\0';
	bool is_library = kind == LINKED_ELF && !is_program && elf.needs > 0;
	if ((closure->is_second ? is_library : is_program) && !set_has(&closure->done, file_key(stat))) {
		check_elf(closure, &elf, path);
		closure->is_full = !set_add(&closure->done, file_key(stat)) || closure->is_full;
	}
}

static enum step meet(void *state, const struct entry *entry) {
	struct closure *closure = state;
	if (S_ISREG(entry->stat.st_mode) && entry->stat.st_size >= 4) {
		int fd = openat(entry->folder, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			check_file(closure, fd, &entry->stat, entry->path);
			close(fd);
		}
	}
	closure->is_full = closure->is_full || closure->image.looks > MAX_LOOKS || closure->done.count > MAX_FILES;
	return closure->is_full ? HALT : ONWARD;
}

static enum step note_name(void *state, const struct entry *entry) {
	struct closure *closure = state;
	if (!S_ISDIR(entry->stat.st_mode) && strstr(entry->name, ".so") != NULL) {
		closure->is_full = !set_add(&closure->names, hash_of(entry->name)) || closure->is_full;
	}
	return closure->is_full ? HALT : ONWARD;
}

// A library that a program loads by itself may count on what that program has loaded before.
static void tell_late(struct closure *closure) {
	for (size_t at = 0; at < closure->late_count; at += 1) {
		struct missing *late = &closure->late[at];
		if (!set_has(&closure->names, hash_of(base_of(late->needs)))) {
			miss(closure, late->kind, late->file, late->needs, NULL);
		}
		free(late->file);
		free(late->needs);
	}
	closure->late_count = 0;
}

// A folder, or one file.
static bool check_path(struct closure *closure, const char *path, struct walk *walk) {
	struct visitor visitor = {.meet = meet, .state = closure};
	if (walk_tree(closure->image.root, path, &visitor, walk)) {
		return true;
	}
	char real[PATH_MAX];
	struct stat stat;
	int fd = open_inside(closure->image.root, path, O_RDONLY | O_NONBLOCK, real);
	bool is_file = fd >= 0 && fstat(fd, &stat) == 0;
	if (is_file) {
		check_file(closure, fd, &stat, real);
	}
	if (fd >= 0) {
		close(fd);
	}
	return is_file;
}

static int check_paths(struct closure *closure, char **paths, size_t count) {
	struct walk walk = {0};
	struct visitor names = {.meet = note_name, .state = closure};
	if (!walk_tree(closure->image.root, "/", &names, &walk)) {
		perror("tool closure: root");
		return IO;
	}
	walk = (struct walk){0};
	for (int round = 0; round < 2; round += 1) {
		closure->is_second = round == 1;
		for (size_t at = 0; at < count; at += 1) {
			if (!check_path(closure, paths[at], &walk)) {
				fprintf(stderr, "tool closure: %s cannot be opened\n", paths[at]);
				return IO;
			}
		}
	}
	tell_late(closure);
	bool is_partial = closure->is_full || walk.unread > 0;
	json_open(NULL, '{');
	json_number("programs", closure->programs);
	json_number("libraries", closure->libraries);
	json_number("scripts", closure->scripts);
	json_number("broken", closure->broken);
	json_number("missing", closure->missing);
	json_bool("isPartial", is_partial);
	json_close('}');
	return !json_end() || is_partial ? IO : closure->missing > 0 ? STOPPED : FINE;
}

int run_closure(int argc, char **argv) {
	const char *root = "/";
	const char *library_path = NULL;
	struct closure *closure = calloc(1, sizeof *closure);
	struct loading *loading = calloc(1, sizeof *loading);
	if (closure == NULL || loading == NULL) {
		perror("tool closure");
		return IO;
	}
	closure->loading = loading;
	closure->search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	int at = 1;
	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at += 1) {
		if (strncmp(argv[at], "--root=", 7) == 0) {
			root = argv[at] + 7;
		} else if (strncmp(argv[at], "--library-path=", 15) == 0) {
			library_path = argv[at] + 15;
		} else if (strncmp(argv[at], "--path=", 7) == 0) {
			closure->search = argv[at] + 7;
		} else if (strcmp(argv[at], "--scripts") == 0) {
			closure->with_scripts = true;
		} else {
			fputs("usage: tool closure [--root=DIR] [--path=PATH] [--library-path=PATH] [--scripts] [FILE-OR-FOLDER]...\n", stderr);
			return USAGE;
		}
	}
	char whole[] = "/";
	char *everything[] = {whole};
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		perror(root);
		return IO;
	}
	read_image(&closure->image, fd, library_path);
	int code = at < argc ? check_paths(closure, argv + at, (size_t)(argc - at)) : check_paths(closure, everything, 1);
	forget_image(&closure->image);
	clear_loading(loading);
	set_free(&closure->done);
	set_free(&closure->names);
	free(loading);
	free(closure);
	close(fd);
	return code;
}
