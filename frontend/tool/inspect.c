#include "inspect.h"
#include "harden.h"
#include "json.h"
#include "tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

void list_path(struct list *list, const char *path) {
	list->count += 1;
	if (list->shown < MAX_LISTED) {
		list->paths[list->shown] = strndup(path, MAX_PATH_SHOWN);
		list->shown += list->paths[list->shown] == NULL ? 0 : 1;
	}
}

static bool is_one_of(const char *name, const char *const *names, size_t count) {
	for (size_t at = 0; at < count; at += 1) {
		if (strcmp(name, names[at]) == 0) {
			return true;
		}
	}
	return false;
}

static void look_at_program(struct inspect *inspect, const struct entry *entry) {
	static const char *const managers[] = {"apt", "apt-get", "dpkg", "apk", "dnf", "dnf5", "microdnf", "tdnf", "yum", "rpm", "zypper", "pacman"};
	static const char *const compilers[] = {"gcc", "cc", "g++", "c++", "clang", "make", "ld", "as", "rustc", "cargo", "go", "javac"};
	static const char *const servers[] = {"sshd", "dropbear"};
	if (is_shell(entry->path, entry->name)) {
		list_path(&inspect->shells, entry->path);
	}
	if (!is_program_folder(entry->path, entry->name)) {
		return;
	}
	if (is_one_of(entry->name, managers, COUNT(managers))) {
		list_path(&inspect->managers, entry->path);
	}
	if (is_one_of(entry->name, compilers, COUNT(compilers)) || strncmp(entry->name, "gcc-", 4) == 0) {
		list_path(&inspect->compilers, entry->path);
	}
	if (is_one_of(entry->name, servers, COUNT(servers))) {
		list_path(&inspect->ssh, entry->path);
	}
}

static void look_at_file(struct inspect *inspect, const struct entry *entry) {
	const struct stat *stat = &entry->stat;
	bool is_new = stat->st_nlink < 2 || !set_has(&inspect->seen, file_key(stat));
	if (is_new && S_ISREG(stat->st_mode)) {
		inspect->bytes += (unsigned long long)stat->st_size;
		// A file of which this is not known is counted twice at worst.
		(void)(stat->st_nlink < 2 || set_add(&inspect->seen, file_key(stat)));
		look_for_credentials(inspect, entry);
	}
	if (S_ISREG(stat->st_mode) && (stat->st_mode & 06000) != 0) {
		list_path(&inspect->setuid, entry->path);
	}
	if (S_ISREG(stat->st_mode) && (stat->st_mode & 0002) != 0) {
		list_path(&inspect->world_files, entry->path);
	}
	look_at_program(inspect, entry);
}

static enum step meet(void *state, const struct entry *entry) {
	struct inspect *inspect = state;
	const struct stat *stat = &entry->stat;
	inspect->files += 1;
	inspect->of_others += stat->st_uid == 0 ? 0 : 1;
	count_package_entry(inspect, entry);
	if (!S_ISDIR(stat->st_mode)) {
		look_at_file(inspect, entry);
		return ONWARD;
	}
	if ((stat->st_mode & 0002) != 0 && (stat->st_mode & 01000) == 0) {
		list_path(&inspect->world_folders, entry->path);
	}
	if (strcmp(entry->name, ".git") == 0) {
		list_path(&inspect->git, entry->path);
	}
	return ONWARD;
}

static void say(struct list *list) {
	json_open(list->name, '{');
	json_number("count", list->count);
	json_open("paths", '[');
	for (size_t at = 0; at < list->shown; at += 1) {
		json_text(NULL, list->paths[at]);
		free(list->paths[at]);
	}
	json_close(']');
	json_close('}');
}

static void say_credentials(struct inspect *inspect) {
	json_open("credentials", '{');
	json_number("count", inspect->credential_count + inspect->credentials_unlisted);
	json_open("found", '[');
	for (size_t at = 0; at < inspect->credential_count; at += 1) {
		json_open(NULL, '{');
		json_text("path", inspect->credentials[at].path);
		json_text("kind", inspect->credentials[at].kind);
		json_number("length", inspect->credentials[at].length);
		json_close('}');
		free(inspect->credentials[at].path);
	}
	json_close(']');
	json_close('}');
}

static void say_packages(const struct inspect *inspect) {
	json_open("packages", '{');
	json_number("dpkg", inspect->dpkg);
	json_number("apk", inspect->apk);
	json_number("npm", inspect->npm);
	json_number("python", inspect->python);
	json_bool("hasRpm", inspect->has_rpm);
	json_close('}');
}

static int inspect_image(struct inspect *inspect) {
	struct walk walk = {0};
	struct visitor visitor = {.meet = meet, .state = inspect};
	if (!walk_tree(inspect->root, "/", &visitor, &walk)) {
		perror("tool inspect: root");
		return IO;
	}
	count_packages(inspect);
	read_os_release(inspect);
	json_open(NULL, '{');
	json_number("version", 1);
	json_number("files", inspect->files);
	json_number("bytes", inspect->bytes);
	json_number("unread", walk.unread);
	json_number("ofOthers", inspect->of_others);
	json_open("os", '{');
	json_text("id", inspect->os_id);
	json_text("version", inspect->os_version);
	json_close('}');
	if (inspect->user != NULL) {
		json_bool("isUserKnown", is_user_known(inspect->root, inspect->user));
	}
	say_packages(inspect);
	struct list *lists[] = {&inspect->setuid, &inspect->world_files, &inspect->world_folders, &inspect->shells,
		&inspect->managers, &inspect->compilers, &inspect->ssh, &inspect->git};
	for (size_t at = 0; at < COUNT(lists); at += 1) {
		say(lists[at]);
	}
	say_credentials(inspect);
	json_close('}');
	set_free(&inspect->seen);
	return json_end() ? FINE : IO;
}

int run_inspect(int argc, char **argv) {
	const char *root = "/";
	static struct inspect inspect = {
		.setuid = {.name = "setuid"},
		.world_files = {.name = "worldFiles"},
		.world_folders = {.name = "worldFolders"},
		.shells = {.name = "shells"},
		.managers = {.name = "managers"},
		.compilers = {.name = "compilers"},
		.ssh = {.name = "ssh"},
		.git = {.name = "git"},
	};
	const char *out = NULL;
	for (int at = 1; at < argc; at += 1) {
		if (strncmp(argv[at], "--root=", 7) == 0) {
			root = argv[at] + 7;
		} else if (strncmp(argv[at], "--out=", 6) == 0) {
			out = argv[at] + 6;
		} else if (strncmp(argv[at], "--user=", 7) == 0) {
			inspect.user = argv[at] + 7;
		} else {
			fputs("usage: tool inspect [--root=DIR] [--out=FILE] [--user=USER]\n", stderr);
			return USAGE;
		}
	}
	inspect.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (inspect.root < 0 || (out != NULL && freopen(out, "w", stdout) == NULL)) {
		perror(inspect.root < 0 ? root : out);
		return IO;
	}
	int code = inspect_image(&inspect);
	close(inspect.root);
	return code;
}
