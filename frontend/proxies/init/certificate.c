/* Which certificate does the proxy show? */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERT TLS_DIR "/tls.crt"
#define KEY TLS_DIR "/tls.key"
#define NEW_CERT TLS_DIR "/new.crt"
#define NEW_KEY TLS_DIR "/new.key"

void look_at_certificate(struct certificate_state *state) {
	const char *paths[2] = {MOUNTED_CERT, MOUNTED_KEY};
	memset(state, 0, sizeof *state);
	for (int i = 0; i < 2; i++) {
		struct stat found;
		if (stat(paths[i], &found) == 0) {
			state->mounted = true;
			state->files[i].device = found.st_dev;
			state->files[i].inode = found.st_ino;
			state->files[i].changed = found.st_mtim.tv_sec * 1000000000LL + found.st_mtim.tv_nsec;
			state->files[i].size = found.st_size;
		}
	}
}

bool certificate_differs(const struct certificate_state *before, const struct certificate_state *after) {
	for (int i = 0; i < 2; i++) {
		if (before->files[i].device != after->files[i].device || before->files[i].inode != after->files[i].inode
			|| before->files[i].changed != after->files[i].changed || before->files[i].size != after->files[i].size) {
			return true;
		}
	}
	return before->mounted != after->mounted;
}

static bool readable(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return true;
	}
	int cause = errno;
	struct stat found;
	char mode[8] = "unknown";
	if (stat(path, &found) == 0) {
		snprintf(mode, sizeof mode, "%04o", (unsigned)(found.st_mode & 07777));
		say("error", "The mounted certificate cannot be read by the proxy's user; give the file to that user or group",
			"file", path, "uid", number((long)geteuid()), "gid", number((long)getegid()), "mode", mode,
			"owner", number((long)found.st_uid), "cause", strerror(cause), NULL);
	} else {
		say("error", "A certificate and its key are needed together, and one of them is missing; mount both, or neither",
			"file", path, "cause", strerror(cause), NULL);
	}
	return false;
}

/* By rename, so that nginx never meets a moment without a file. */
static bool link_to(const char *target, const char *path, const char *fresh) {
	unlink(fresh);
	if (symlink(target, fresh) == 0 && rename(fresh, path) == 0) {
		return true;
	}
	say("error", "The certificate could not be put in its place", "file", path, "cause", strerror(errno), NULL);
	return false;
}

static void alternative_names(const struct settings *settings, char *text, size_t capacity) {
	size_t length = (size_t)snprintf(text, capacity, "subjectAltName=");
	for (int i = 0; i < settings->host_count && length < capacity; i++) {
		length += (size_t)snprintf(text + length, capacity - length, "%sDNS:%s", i > 0 ? "," : "", settings->hosts[i]);
	}
	if (settings->host_count == 0) {
		snprintf(text + length, capacity - length, "DNS:localhost,IP:127.0.0.1,IP:::1");
	}
}

static bool make_certificate(const struct settings *settings, bool announced) {
	static char names[MAX_HOSTS * 264];
	char subject[80];
	char output[1024];
	/* X.520 lets a common name have 64 characters; clients look at the alternative names anyway. */
	bool fits = settings->host_count > 0 && strlen(settings->hosts[0]) <= 64;
	snprintf(subject, sizeof subject, "/CN=%.64s", fits ? settings->hosts[0] : "localhost");
	alternative_names(settings, names, sizeof names);
	char *arguments[] = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256", "-nodes",
		"-days", "30", "-config", "/dev/null", "-subj", subject, "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE",
		"-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth",
		"-keyout", NEW_KEY, "-out", NEW_CERT, NULL};
	mode_t mask = umask(077);
	int status = run_tool(OPENSSL, arguments, output, sizeof output);
	umask(mask);
	if (status != 0 || rename(NEW_KEY, KEY) != 0 || rename(NEW_CERT, CERT) != 0) {
		say("error", "The self-signed certificate could not be made", "status", number(status), "cause", output, NULL);
		return false;
	}
	if (announced) {
		say("warning", "self-signed certificate made", "subject", subject + 1, "days", "30",
			"remedy", "mount " MOUNTED_CERT " and " MOUNTED_KEY, NULL);
	}
	return true;
}

bool install_certificate(const struct settings *settings, bool announced) {
	struct certificate_state state;
	look_at_certificate(&state);
	if (!state.mounted) {
		return make_certificate(settings, announced);
	}
	return readable(MOUNTED_CERT) && readable(MOUNTED_KEY) && link_to(MOUNTED_CERT, CERT, NEW_CERT)
		&& link_to(MOUNTED_KEY, KEY, NEW_KEY);
}
