#include "harden.h"
#include "json.h"
#include "tool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void note_deed(struct deed *deed, const char *path) {
	deed->count += 1;
	if (deed->shown < MAX_SHOWN) {
		deed->paths[deed->shown] = strndup(path, 512);
		deed->shown += deed->paths[deed->shown] == NULL ? 0 : 1;
	}
}

void restore_time(const struct harden *harden, int fd, struct timespec before) {
	if (harden->epoch >= 0 && before.tv_sec > harden->epoch) {
		before = (struct timespec){.tv_sec = harden->epoch};
	}
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, before};
	(void)futimens(fd, times); // a wrong time harms nobody
}

static bool is_kept(const struct harden *harden, const char *path) {
	for (size_t at = 0; at < harden->keep_count; at += 1) {
		if (is_under(path, harden->keep[at])) {
			return true;
		}
	}
	return false;
}

static bool take_away(struct harden *harden, struct deed *deed, const struct entry *entry) {
	if (unlinkat(entry->folder, entry->name, 0) != 0) {
		harden->failed += 1;
		return false;
	}
	note_deed(deed, entry->path);
	return true;
}

static void make_empty(struct harden *harden, const struct entry *entry) {
	if (entry->stat.st_size == 0) {
		return;
	}
	int fd = openat(entry->folder, entry->name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) != 0) {
		harden->failed += 1;
	} else {
		note_deed(&harden->emptied, entry->path);
		restore_time(harden, fd, entry->stat.st_mtim);
	}
	if (fd >= 0) {
		close(fd);
	}
}

static void set_mode(struct harden *harden, struct deed *deed, const struct entry *entry, mode_t mode) {
	if (fchmodat(entry->folder, entry->name, mode & 07777, 0) != 0) {
		harden->failed += 1;
		return;
	}
	note_deed(deed, entry->path);
}

static void limit_mode(struct harden *harden, const struct entry *entry) {
	mode_t mode = entry->stat.st_mode;
	if (S_ISREG(mode) && harden->with_setuid && (mode & 06000) != 0) {
		mode &= ~(mode_t)06000;
		set_mode(harden, &harden->setuid, entry, mode);
	}
	if (S_ISREG(mode) && harden->with_world && (mode & 0002) != 0) {
		set_mode(harden, &harden->world, entry, mode & ~(mode_t)0002);
	}
	if (S_ISDIR(mode) && harden->with_world && (mode & 0002) != 0 && (mode & 01000) == 0) {
		set_mode(harden, &harden->sticky, entry, mode | 01000);
	}
}

// A link or a second name of busybox.
static bool is_applet(const struct harden *harden, const struct entry *entry) {
	if (S_ISREG(entry->stat.st_mode)) {
		return harden->busybox != 0 && entry->stat.st_ino == harden->busybox;
	}
	char goal[64];
	ssize_t size = S_ISLNK(entry->stat.st_mode) ? readlinkat(entry->folder, entry->name, goal, sizeof goal - 1) : -1;
	if (size < 0) {
		return false;
	}
	goal[size] = '\0';
	const char *slash = strrchr(goal, '/');
	return strcmp(slash == NULL ? goal : slash + 1, "busybox") == 0;
}

static bool is_gone(struct harden *harden, const struct entry *entry) {
	if (S_ISDIR(entry->stat.st_mode)) {
		return false;
	}
	enum waste waste = harden->with_caches ? waste_of(entry->path, entry->name, entry->stat.st_mode) : KEEP;
	if (waste == REMOVE) {
		return take_away(harden, &harden->removed, entry);
	}
	if (waste == EMPTY) {
		make_empty(harden, entry);
	}
	if (harden->is_slim && is_package_program(entry->path, entry->name)) {
		return take_away(harden, &harden->programs, entry);
	}
	return harden->is_shell_less && (is_shell(entry->path, entry->name) || is_applet(harden, entry)) &&
		take_away(harden, &harden->shells, entry);
}

static enum step meet(void *state, const struct entry *entry) {
	struct harden *harden = state;
	if (is_kept(harden, entry->path)) {
		return PAST;
	}
	if (!is_gone(harden, entry)) {
		limit_mode(harden, entry);
	}
	return ONWARD;
}

static void leave(void *state, const struct entry *entry, int fd) {
	struct harden *harden = state;
	struct stat now;
	if (harden->with_caches && waste_of(entry->path, entry->name, S_IFDIR) == REMOVE && !is_under(entry->path, "/var") &&
		unlinkat(entry->folder, entry->name, AT_REMOVEDIR) == 0) {
		note_deed(&harden->removed, entry->path);
		return;
	}
	if (fstat(fd, &now) == 0 &&
		(now.st_mtim.tv_sec != entry->stat.st_mtim.tv_sec || now.st_mtim.tv_nsec != entry->stat.st_mtim.tv_nsec)) {
		restore_time(harden, fd, entry->stat.st_mtim);
	}
}

static void say(const struct deed *deed) {
	json_open(deed->name, '{');
	json_number("count", deed->count);
	json_open("paths", '[');
	for (size_t at = 0; at < deed->shown; at += 1) {
		json_text(NULL, deed->paths[at]);
	}
	json_close(']');
	json_close('}');
}

static void forget(struct harden *harden) {
	struct deed *deeds[] = {&harden->setuid, &harden->world, &harden->sticky, &harden->removed, &harden->emptied,
		&harden->programs, &harden->shells, &harden->owned};
	for (size_t at = 0; at < sizeof deeds / sizeof *deeds; at += 1) {
		if (deeds[at]->count > 0) {
			say(deeds[at]);
		}
		for (size_t index = 0; index < deeds[at]->shown; index += 1) {
			free(deeds[at]->paths[index]);
		}
	}
}

static int harden_image(struct harden *harden) {
	char real[PATH_MAX];
	struct stat busybox;
	int fd = open_inside(harden->root, "/bin/busybox", O_PATH, real);
	if (fd >= 0 && fstat(fd, &busybox) == 0) {
		harden->busybox = busybox.st_ino;
	}
	if (fd >= 0) {
		close(fd);
	}
	struct walk walk = {0};
	struct visitor visitor = {.meet = meet, .leave = leave, .state = harden};
	if (!walk_tree(harden->root, "/", &visitor, &walk)) {
		perror("tool harden: root");
		return IO;
	}
	size_t asked = harden->own_count;
	if (harden->user != NULL && settle_user(harden)) {
		give_folders(harden);
	} else if (harden->user != NULL) {
		harden->failed += 1;
	}
	json_open(NULL, '{');
	json_number("files", walk.files);
	json_number("unread", walk.unread);
	json_number("failed", harden->failed);
	if (harden->account != NULL) {
		json_text("account", harden->account);
	}
	forget(harden);
	json_close('}');
	for (size_t at = asked; at < harden->own_count; at += 1) {
		free((char *)(uintptr_t)harden->own[at]);
	}
	return json_end() ? FINE : IO;
}

static bool take_list(const char *value, const char **list, size_t *count) {
	if (value[0] != '/' || *count == MAX_PATHS) {
		return false;
	}
	list[*count] = value;
	*count += 1;
	return true;
}

static bool take_epoch(const char *value, int64_t *epoch) {
	char *end = NULL;
	long long number = strtoll(value, &end, 10);
	*epoch = number;
	return value[0] >= '0' && value[0] <= '9' && *end == '\0' && number >= 0 && number < (1LL << 40);
}

static const char *value_of(const char *word, const char *name) {
	size_t size = strlen(name);
	return strncmp(word, name, size) == 0 && word[size] == '=' ? word + size + 1 : NULL;
}

static bool take_word(struct harden *harden, const char *word, const char **root) {
	const char *value = NULL;
	if ((value = value_of(word, "--keep")) != NULL) {
		return take_list(value, harden->keep, &harden->keep_count);
	}
	if ((value = value_of(word, "--own")) != NULL) {
		return take_list(value, harden->own, &harden->own_count);
	}
	if ((value = value_of(word, "--enter")) != NULL) {
		return take_list(value, harden->enter, &harden->enter_count);
	}
	if ((value = value_of(word, "--own-if")) != NULL) {
		return take_list(value, harden->own_if, &harden->own_if_count);
	}
	if ((value = value_of(word, "--epoch")) != NULL) {
		return take_epoch(value, &harden->epoch);
	}
	if ((value = value_of(word, "--user")) != NULL) {
		harden->user = value;
		return value[0] != '\0';
	}
	if ((value = value_of(word, "--root")) != NULL) {
		*root = value;
		return true;
	}
	harden->with_setuid = harden->with_setuid || strcmp(word, "--setuid") == 0;
	harden->with_world = harden->with_world || strcmp(word, "--world") == 0;
	harden->with_caches = harden->with_caches || strcmp(word, "--caches") == 0;
	harden->is_slim = harden->is_slim || strcmp(word, "--slim") == 0;
	harden->is_shell_less = harden->is_shell_less || strcmp(word, "--shell-less") == 0;
	static const char *const flags[] = {"--setuid", "--world", "--caches", "--slim", "--shell-less"};
	for (size_t at = 0; at < sizeof flags / sizeof *flags; at += 1) {
		if (strcmp(word, flags[at]) == 0) {
			return true;
		}
	}
	return false;
}

int run_harden(int argc, char **argv) {
	const char *root = "/";
	static struct harden harden = {
		.epoch = -1,
		.setuid = {.name = "setuid"},
		.world = {.name = "world"},
		.sticky = {.name = "sticky"},
		.removed = {.name = "removed"},
		.emptied = {.name = "emptied"},
		.programs = {.name = "programs"},
		.shells = {.name = "shells"},
		.owned = {.name = "owned"},
	};
	for (int at = 1; at < argc; at += 1) {
		if (!take_word(&harden, argv[at], &root)) {
			fprintf(stderr, "tool harden: %s is no option; those are --root= --setuid --world --caches --slim --shell-less"
				" --keep=PATH --user=UID[:GID] --own=PATH --own-if=PATH --enter=PATH --epoch=SECONDS\n", argv[at]);
			return USAGE;
		}
	}
	harden.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (harden.root < 0) {
		perror(root);
		return IO;
	}
	int code = harden_image(&harden);
	close(harden.root);
	return code;
}
