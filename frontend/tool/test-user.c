#include "test.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Longer lines of /etc/passwd and /etc/group are not read to their end.
#define LINE 4096
#define FIELDS 7

// A line of colon-separated fields. Returns how many there are.
static size_t split(char *line, char *fields[FIELDS]) {
	size_t count = 0;
	line[strcspn(line, "\n")] = '\0';
	while (line != NULL && count < FIELDS) {
		fields[count] = strsep(&line, ":");
		count += 1;
	}
	return count;
}

static bool number_of(const char *text, unsigned int *value) {
	if (*text < '0' || *text > '9') {
		return false;
	}
	char *end = NULL;
	errno = 0;
	unsigned long long read = strtoull(text, &end, 10);
	*value = (unsigned int)read;
	return errno == 0 && *end == '\0' && read <= 0x7fffffffULL;
}

// The rest of a line that is longer than we read is no line of its own.
static bool read_line(FILE *file, char line[LINE]) {
	if (fgets(line, LINE, file) == NULL) {
		return false;
	}
	size_t length = strlen(line);
	for (int byte = 0; length > 0 && line[length - 1] != '\n' && byte != '\n' && byte != EOF;) {
		byte = fgetc(file);
	}
	return true;
}

// A name goes before a number: a user may be called 1000.
static bool matches(const char *wanted, const char *name, const char *id) {
	unsigned int first = 0;
	unsigned int second = 0;
	return strcmp(wanted, name) == 0 || (number_of(wanted, &first) && number_of(id, &second) && first == second);
}

// Fills in what /etc/passwd says. `name` gets the user's name there.
static bool in_passwd(const char *wanted, struct user *user, char *name, size_t size) {
	char line[LINE];
	char *fields[FIELDS];
	bool found = false;
	FILE *file = fopen("/etc/passwd", "re");
	while (file != NULL && !found && read_line(file, line)) {
		unsigned int uid = 0;
		unsigned int gid = 0;
		if (split(line, fields) >= 6 && number_of(fields[2], &uid) && number_of(fields[3], &gid)
			&& matches(wanted, fields[0], fields[2])) {
			found = true;
			user->uid = uid;
			user->gid = gid;
			snprintf(user->home, sizeof user->home, "%s", fields[5]);
			snprintf(name, size, "%s", fields[0]);
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return found;
}

static bool lists(char *members, const char *name) {
	for (char *member = strsep(&members, ","); member != NULL; member = strsep(&members, ",")) {
		if (strcmp(member, name) == 0) {
			return true;
		}
	}
	return false;
}

// The group that is called so, or with `wanted` NULL all groups that list the user.
static bool in_group(const char *wanted, struct user *user, const char *name) {
	char line[LINE];
	char *fields[FIELDS];
	bool found = false;
	FILE *file = fopen("/etc/group", "re");
	while (file != NULL && !(found && wanted != NULL) && read_line(file, line)) {
		unsigned int gid = 0;
		size_t count = split(line, fields);
		if (count < 3 || !number_of(fields[2], &gid)) {
			continue;
		}
		if (wanted != NULL && matches(wanted, fields[0], fields[2])) {
			found = true;
			user->gid = gid;
		} else if (wanted == NULL && count > 3 && *name != '\0' && lists(fields[3], name) && user->group_count < MAX_GROUPS) {
			user->groups[user->group_count] = gid;
			user->group_count += 1;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return found;
}

bool find_user(const char *text, struct user *user, char *reason, size_t size) {
	char copy[256];
	char name[256] = "";
	*user = (struct user){.uid = 0};
	snprintf(copy, sizeof copy, "%s", text);
	char *group = copy;
	const char *wanted = strsep(&group, ":");
	if (*wanted == '\0') {
		wanted = "0";
	}
	unsigned int id = 0;
	if (!in_passwd(wanted, user, name, sizeof name)) {
		if (!number_of(wanted, &id)) {
			snprintf(reason, size, "the image's user is \"%s\", and its /etc/passwd has nobody of that name", wanted);
			return false;
		}
		user->uid = id;
	}
	if (group == NULL || *group == '\0') {
		in_group(NULL, user, name);
		return true;
	}
	if (!in_group(group, user, "")) {
		if (!number_of(group, &id)) {
			snprintf(reason, size, "the image's group is \"%s\", and its /etc/group has none of that name", group);
			return false;
		}
		user->gid = id;
	}
	return true;
}

// In Docker every user of a container may listen on every port; a build has it otherwise, so here it is a capability.
static bool keep_low_ports(void) {
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
	data[0].permitted = data[0].effective = data[0].inheritable = 1U << CAP_NET_BIND_SERVICE;
	return syscall(SYS_capset, &header, data) == 0
		&& prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0;
}

bool become_user(const struct user *user) {
	if (setgroups(user->group_count, user->groups) != 0 || setresgid(user->gid, user->gid, user->gid) != 0) {
		return false;
	}
	if (user->uid == 0) {
		return true;
	}
	// A builder without the capability has no containers that listen there either.
	bool kept = prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0;
	if (setresuid(user->uid, user->uid, user->uid) != 0) {
		return false;
	}
	if (kept && !keep_low_ports()) {
		errno = 0;
	}
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0;
}
