#include "harden.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

bool is_under(const char *path, const char *folder) {
	size_t size = strlen(folder);
	return strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static bool is_in(const char *path, const char *folder) {
	return is_under(path, folder) && strlen(path) > strlen(folder);
}

static bool ends_with(const char *text, const char *end) {
	size_t size = strlen(text);
	size_t length = strlen(end);
	return size >= length && strcmp(text + size - length, end) == 0;
}

// What installers and builds leave behind, and nothing that a program could have put there for later: browsers and models lie in
// ~/.cache too.
static const char *const emptied[] = {
	"/var/lib/apt/lists", "/var/cache/apt", "/var/cache/apk", "/etc/apk/cache", "/var/cache/dnf", "/var/cache/libdnf5",
	"/var/cache/yum", "/var/cache/zypp", "/var/cache/ldconfig", "/var/lib/dnf/repos", "/root/.cache/pip", "/root/.cache/yarn",
	"/root/.cache/go-build", "/root/.cache/node-gyp", "/root/.npm/_cacache", "/root/.npm/_logs", "/root/.cache/composer",
	"/usr/local/share/.cache/yarn", "/tmp", "/var/tmp",
};

static const char *const logs[] = {
	"/var/log/apt", "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/bootstrap.log", "/var/log/fontconfig.log",
	"/var/log/apk.log", "/var/log/yum.log", "/var/log/dnf.log", "/var/log/dnf.rpm.log", "/var/log/dnf.librepo.log",
	"/var/log/hawkey.log", "/var/log/zypper.log", "/var/log/zypp",
};

static bool is_leftover(const char *path, const char *name) {
	static const char *const ends[] = {
		".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp", ".ucf-old", ".ucf-dist", ".rpmsave", ".rpmnew", ".rpmorig", ".apk-new",
	};
	static const char *const backups[] = {
		"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-", "/var/lib/dpkg/status-old",
		"/var/lib/dpkg/available-old", "/var/lib/dpkg/diversions-old", "/var/lib/dpkg/statoverride-old",
		"/var/cache/debconf/config.dat-old", "/var/cache/debconf/templates.dat-old",
	};
	for (size_t at = 0; at < COUNT(ends); at += 1) {
		if (is_in(path, "/etc") && ends_with(name, ends[at])) {
			return true;
		}
	}
	for (size_t at = 0; at < COUNT(backups); at += 1) {
		if (strcmp(path, backups[at]) == 0) {
			return true;
		}
	}
	return false;
}

enum waste waste_of(const char *path, const char *name, mode_t mode) {
	for (size_t at = 0; at < COUNT(emptied); at += 1) {
		if (is_in(path, emptied[at])) {
			return REMOVE;
		}
	}
	if (S_ISDIR(mode)) {
		return KEEP;
	}
	for (size_t at = 0; at < COUNT(logs); at += 1) {
		if (is_under(path, logs[at])) {
			return REMOVE;
		}
	}
	if (S_ISREG(mode) && is_leftover(path, name)) {
		return REMOVE;
	}
	return S_ISREG(mode) && is_in(path, "/var/log") ? EMPTY : KEEP;
}

bool is_program_folder(const char *path, const char *name) {
	static const char *const folders[] = {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"};
	size_t size = strlen(path) - strlen(name);
	for (size_t at = 0; at < COUNT(folders); at += 1) {
		if (size == strlen(folders[at]) && strncmp(path, folders[at], size) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_one_of(const char *name, const char *const *list, size_t count) {
	for (size_t at = 0; at < count; at += 1) {
		if (strcmp(name, list[at]) == 0) {
			return true;
		}
	}
	return false;
}

// Programs alone: the databases stay, so that scanners know what is installed.
bool is_package_program(const char *path, const char *name) {
	static const char *const names[] = {
		"apt", "aptitude", "dpkg", "apk", "dnf", "dnf-3", "dnf4", "dnf5", "microdnf", "tdnf", "yum", "rpm", "rpm2cpio", "rpm2archive",
		"rpmdb", "rpmkeys", "rpmquery", "rpmverify", "zypper", "opkg", "ipkg", "pacman",
	};
	if (is_in(path, "/usr/lib/apt") || is_in(path, "/usr/lib/dpkg")) {
		return true;
	}
	return is_program_folder(path, name) &&
		(is_one_of(name, names, COUNT(names)) || strncmp(name, "apt-", 4) == 0 || strncmp(name, "dpkg-", 5) == 0);
}

bool is_shell(const char *path, const char *name) {
	static const char *const names[] = {
		"sh", "bash", "rbash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "rzsh", "csh", "tcsh", "fish", "busybox",
	};
	return is_program_folder(path, name) && is_one_of(name, names, COUNT(names));
}
