#include "closure.h"
#include "json.h"
#include "tool.h"
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

// A report that is read is whole with what it says of itself: nothing in it makes the program fail.
static int code_of(const struct closure *closure, bool is_partial, bool is_report) {
	if (is_report) {
		return FINE;
	}
	return is_partial ? IO : closure->missing > 0 ? STOPPED : FINE;
}

static int check_paths(struct closure *closure, char **paths, size_t count, bool is_report) {
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
				walk.unread += 1;
				if (!is_report) {
					return IO;
				}
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
	return json_end() ? code_of(closure, is_partial, is_report) : IO;
}

int run_closure(int argc, char **argv) {
	const char *root = "/";
	const char *library_path = NULL;
	const char *out = NULL;
	static struct closure all;
	static struct loading one;
	struct closure *closure = &all;
	struct loading *loading = &one;
	closure->loading = loading;
	closure->search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	int at = 1;
	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at += 1) {
		if (strncmp(argv[at], "--root=", 7) == 0) {
			root = argv[at] + 7;
		} else if (strncmp(argv[at], "--library-path=", 15) == 0) {
			library_path = argv[at] + 15;
		} else if (strncmp(argv[at], "--out=", 6) == 0) {
			out = argv[at] + 6;
		} else if (strncmp(argv[at], "--path=", 7) == 0) {
			closure->search = argv[at] + 7;
		} else if (strcmp(argv[at], "--scripts") == 0) {
			closure->with_scripts = true;
		} else {
			fputs("usage: tool closure [--root=DIR] [--out=FILE] [--path=PATH] [--library-path=PATH] [--scripts] [FILE-OR-FOLDER]...\n", stderr);
			return USAGE;
		}
	}
	char whole[] = "/";
	char *everything[] = {whole};
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (out != NULL && freopen(out, "w", stdout) == NULL)) {
		perror(fd < 0 ? root : out);
		if (fd >= 0) {
			close(fd);
		}
		return IO;
	}
	read_image(&closure->image, fd, library_path);
	bool has_paths = at < argc;
	int code = check_paths(closure, has_paths ? argv + at : everything, has_paths ? (size_t)(argc - at) : 1, out != NULL);
	forget_image(&closure->image);
	clear_loading(loading);
	set_free(&closure->done);
	set_free(&closure->names);
	close(fd);
	return code;
}
