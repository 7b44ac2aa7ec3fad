#include "harden.h"
#include "inspect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { MAX_CONTENT = 256 << 10 };

// Forms that issuers publish: a beginning, then so many signs of letters, digits and a few more.
static const struct form {
	const char *kind;
	const char *start;
	size_t least, most;
	const char *more; // signs beside letters and digits
} forms[] = {
	{"aws-access-key", "AKIA", 16, 16, ""},
	{"aws-access-key", "ASIA", 16, 16, ""},
	{"github-token", "ghp_", 36, 255, ""},
	{"github-token", "gho_", 36, 255, ""},
	{"github-token", "ghs_", 36, 255, ""},
	{"github-token", "ghr_", 36, 255, ""},
	{"github-token", "github_pat_", 82, 82, "_"},
	{"gitlab-token", "glpat-", 20, 128, "_-"},
	{"slack-token", "xoxb-", 20, 150, "-"},
	{"slack-token", "xoxp-", 20, 150, "-"},
	{"stripe-key", "sk_live_", 16, 128, ""},
	{"stripe-key", "rk_live_", 16, 128, ""},
	{"npm-token", "npm_", 36, 36, ""},
	{"pypi-token", "pypi-AgE", 50, 512, "_-"},
	{"docker-token", "dckr_pat_", 27, 64, "_-"},
	{"hugging-face-token", "hf_", 34, 34, ""},
	{"anthropic-key", "sk-ant-", 80, 140, "_-"},
};

// A file that holds a credential where it says this.
static const struct named {
	const char *kind, *name, *says;
} named[] = {
	{"npm-configuration", ".npmrc", "_authToken="},
	{"npm-configuration", ".npmrc", "_password="},
	{"netrc", ".netrc", "password "},
	{"git-credentials", ".git-credentials", "://"},
	{"pypi-configuration", ".pypirc", "password"},
	{"aws-credentials", "credentials", "aws_secret_access_key"},
	{"docker-configuration", "config.json", "\"auth\":"},
	{"docker-configuration", ".dockercfg", "\"auth\":"},
};

static bool is_letter_or_digit(char sign) {
	return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9');
}

// Documentation writes credentials that are none.
static bool is_placeholder(const char *text, size_t size) {
	bool seen[128] = {false};
	size_t different = 0;
	for (size_t at = 0; at < size; at += 1) {
		unsigned char sign = (unsigned char)text[at] & 0x7f;
		different += seen[sign] ? 0 : 1;
		seen[sign] = true;
	}
	return different < 6 || memmem(text, size, "EXAMPLE", 7) != NULL || memmem(text, size, "example", 7) != NULL ||
		memmem(text, size, "xxxxxx", 6) != NULL;
}

static void add(struct inspect *inspect, const char *path, const char *kind, size_t length) {
	for (size_t at = 0; at < inspect->credential_count; at += 1) {
		if (strcmp(inspect->credentials[at].path, path) == 0 && strcmp(inspect->credentials[at].kind, kind) == 0) {
			return;
		}
	}
	char *copy = inspect->credential_count < MAX_CREDENTIALS ? strndup(path, MAX_PATH_SHOWN) : NULL;
	if (copy == NULL) {
		inspect->credentials_unlisted += 1;
		return;
	}
	inspect->credentials[inspect->credential_count] = (struct credential){.path = copy, .kind = kind, .length = length};
	inspect->credential_count += 1;
}

static size_t token_size(const struct form *form, const char *from, const char *end) {
	size_t size = 0;
	while (from + size < end && size <= form->most &&
		(is_letter_or_digit(from[size]) || (from[size] != '\0' && strchr(form->more, from[size]) != NULL))) {
		size += 1;
	}
	return size;
}

static void look_for_form(struct inspect *inspect, const char *path, const struct form *form, const char *text, const char *end) {
	size_t start = strlen(form->start);
	for (const char *at = text; (at = memmem(at, (size_t)(end - at), form->start, start)) != NULL; at += start) {
		size_t size = token_size(form, at + start, end);
		bool is_whole = at == text || (!is_letter_or_digit(at[-1]) && at[-1] != '_');
		if (is_whole && size >= form->least && size <= form->most && !is_placeholder(at + start, size)) {
			add(inspect, path, form->kind, start + size);
			return;
		}
	}
}

// The header and at least a line of what belongs under it: programs that read keys hold the header alone.
static void look_for_key(struct inspect *inspect, const char *path, const char *text, const char *end) {
	static const char close[] = "PRIVATE KEY";
	for (const char *at = text; (at = memmem(at, (size_t)(end - at), "-----BEGIN ", 11)) != NULL; at += 11) {
		const char *key = memmem(at, (size_t)(end - at) < 64 ? (size_t)(end - at) : 64, close, sizeof close - 1);
		const char *body = key == NULL ? NULL : memchr(key, '\n', (size_t)(end - key) < 64 ? (size_t)(end - key) : 64);
		// A line of a program that writes header and footer side by side ends with the footer.
		if (body != NULL && memmem(key, (size_t)(body - key), "-----END ", 9) != NULL) {
			body = NULL;
		}
		size_t signs = 0;
		for (const char *sign = body; sign != NULL && sign < end && signs < 32; sign += 1) {
			// Nor has a key what is no text.
			bool is_control = (unsigned char)*sign < ' ' && *sign != '\n' && *sign != '\r' && *sign != '\t';
			if (*sign == '-' || is_control) {
				break;
			}
			signs += is_letter_or_digit(*sign) || *sign == '+' || *sign == '/' ? 1 : 0;
		}
		if (signs >= 32) {
			add(inspect, path, "private-key", (size_t)(end - at));
			return;
		}
	}
}

// What comes with packages carries keys for its own tests, and is what a scanner of packages is for.
static bool is_packaged(const char *path) {
	static const char *const folders[] = {"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share",
		"/usr/include", "/usr/local/lib", "/usr/local/include", "/usr/local/go", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/var/lib/dpkg",
		"/var/lib/apt", "/var/lib/rpm", "/opt/sallyport"};
	for (size_t at = 0; at < COUNT(folders); at += 1) {
		if (is_under(path, folders[at])) {
			return true;
		}
	}
	return strstr(path, "/node_modules/") != NULL || strstr(path, "/site-packages/") != NULL || strstr(path, "/dist-packages/") != NULL;
}

static void look_into(struct inspect *inspect, const struct entry *entry, const char *text, size_t size) {
	const char *end = text + size;
	for (size_t at = 0; at < COUNT(named); at += 1) {
		bool is_right = strcmp(entry->name, named[at].name) == 0 &&
			(strcmp(named[at].name, "credentials") != 0 || strstr(entry->path, "/.aws/") != NULL) &&
			(strcmp(named[at].name, "config.json") != 0 || strstr(entry->path, "/.docker/") != NULL);
		if (is_right && memmem(text, size, named[at].says, strlen(named[at].says)) != NULL) {
			add(inspect, entry->path, named[at].kind, size);
			return;
		}
	}
	for (size_t at = 0; at < COUNT(forms); at += 1) {
		look_for_form(inspect, entry->path, &forms[at], text, end);
	}
	look_for_key(inspect, entry->path, text, end);
}

void look_for_credentials(struct inspect *inspect, const struct entry *entry) {
	if (entry->stat.st_size < 8 || entry->stat.st_size > MAX_CONTENT || is_packaged(entry->path)) {
		return;
	}
	static char text[MAX_CONTENT];
	int fd = openat(entry->folder, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text);
	if (size > 0) {
		look_into(inspect, entry, text, (size_t)size);
	}
	if (fd >= 0) {
		close(fd);
	}
}
