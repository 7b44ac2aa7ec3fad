#include "closure.h"
#include "json.h"
#include "tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tell(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by) {
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

void miss(struct closure *closure, const char *kind, const char *file, const char *needs, const char *by) {
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

const char *base_of(const char *path) {
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

void clear_loading(struct loading *loading) {
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

bool is_interpreter_there(struct closure *closure, const char *path) {
	char real[PATH_MAX];
	int fd = open_inside(closure->image.root, path, O_RDONLY | O_NONBLOCK, real);
	struct stat stat;
	bool is_program = fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && (stat.st_mode & 0111) != 0;
	if (fd >= 0) {
		close(fd);
	}
	return is_program;
}

void check_elf(struct closure *closure, const struct elf *elf, const char *path) {
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
