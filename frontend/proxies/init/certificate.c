/* Which certificates does the proxy show? */
#include "init.h"

/* One for every client that is not very old, and optionally an RSA one for the others. */
static const char *const NAMES[] = {"tls", "tls.rsa"};

/* Whatever lies there counts: authorities of clients and upstreams change as well. Kubernetes swaps links, so what they lead to. */
unsigned long look_at_certificates(bool *mounted) {
	unsigned long print = 5381;
	struct dirent *entry;
	DIR *folder = opendir(MOUNTED_DIR);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct stat found;
		if (entry->d_name[0] != '.' && fstatat(dirfd(folder), entry->d_name, &found, 0) == 0) {
			unsigned long parts[] = {found.st_dev, found.st_ino, (unsigned long)found.st_size,
				(unsigned long)found.st_mtim.tv_sec, (unsigned long)found.st_mtim.tv_nsec, (unsigned char)entry->d_name[0]};
			unsigned long own = 5381;
			for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
				own = own * 1000003UL ^ parts[i];
			}
			print += own; /* in whatever order they are listed */
		}
	}
	if (folder != NULL) {
		closedir(folder);
	}
	*mounted = access(MOUNTED_DIR "/tls.crt", F_OK) == 0 || access(MOUNTED_DIR "/tls.key", F_OK) == 0;
	return print;
}

static bool readable(const char *path) {
	struct stat found;
	if (access(path, R_OK) == 0) {
		return true;
	}
	char mode[12];
	int cause = errno;
	bool there = stat(path, &found) == 0;
	snprintf(mode, sizeof mode, "%04o", there ? (unsigned)(found.st_mode & 07777) : 0);
	if (there) {
		say("error", "The mounted certificate cannot be read by the proxy's user; give the file to that user or group",
			"file", path, "uid", number((long)geteuid()), "gid", number((long)getegid()), "mode", mode,
			"owner", number((long)found.st_uid), "cause", strerror(cause), NULL);
	} else {
		say("error", "A certificate and its key are needed together, and one of them is missing; mount both, or neither",
			"file", path, "cause", strerror(cause), NULL);
	}
	return false;
}

/* The text between two marks of openssl's output, at most `capacity` bytes of it; empty where it isn't there. */
void between(const char *text, const char *from, const char *to, char *part, size_t capacity) {
	const char *start = strstr(text, from);
	const char *end = start == NULL ? NULL : strstr(start + strlen(from), to);
	snprintf(part, capacity, "%.*s", end == NULL ? 0 : (int)(end - start - (long)strlen(from)), end == NULL ? "" : start + strlen(from));
}

static bool refuse(const char *path, const char *message) {
	say("error", message, "file", path, NULL);
	return false;
}

/* When it ends, for Prometheus; 0 when the pair can't be used, after it said why. */
static bool check_pair(const char *crt, const char *key, int told) {
	char output[16384], mine[4096], its[4096], subject[256], issuer[256], ends[64];
	char *about[] = {"x509", "-in", (char *)crt, "-noout", "-subject", "-issuer", "-enddate", "-dateopt", "iso_8601", "-pubkey", NULL};
	char *public[] = {"pkey", "-in", (char *)key, "-pubout", "-passin", "pass:", NULL};
	if (run_openssl(about, output, sizeof output) != 0) {
		return refuse(crt, "The file is no certificate in PEM form; mount the server's certificate, then those that signed it");
	}
	between(output, "subject=", "\n", subject, sizeof subject);
	between(output, "issuer=", "\n", issuer, sizeof issuer);
	between(output, "notAfter=", "Z", ends, sizeof ends);
	between(output, "-----BEGIN PUBLIC KEY-----", "-----END", its, sizeof its);
	if (run_openssl(public, output, sizeof output) != 0) {
		int fd = open(key, O_RDONLY | O_CLOEXEC);
		read_whole(fd, output, sizeof output);
		return refuse(key, strstr(output, "ENCRYPTED") != NULL
			? "The key is encrypted, and nobody is there to type a passphrase; mount it decrypted: openssl pkey -in tls.key -out plain.key"
			: "The file is no private key in PEM form; mount the key that belongs to the certificate");
	}
	between(output, "-----BEGIN PUBLIC KEY-----", "-----END", mine, sizeof mine);
	if (strcmp(mine, its) != 0) {
		return refuse(crt, "The first certificate of the file does not belong to the key beside it; mount a pair, the server's own first");
	}
	struct tm date = {0};
	time_t end = strptime(ends, "%Y-%m-%d %H:%M:%S", &date) == NULL ? 0 : timegm(&date);
	if (end < time(NULL)) {
		say("warning", "The certificate has expired, and clients will refuse it; mount a new one, it is taken up at once",
			"file", crt, "expired", ends, NULL);
	}
	int fd = open(crt, O_RDONLY | O_CLOEXEC);
	read_whole(fd, output, sizeof output);
	const char *first = strstr(output, "-----BEGIN");
	if (strcmp(subject, issuer) != 0 && first != NULL && strstr(first + 1, "-----BEGIN") == NULL) {
		say("warning", "The file has the server's certificate alone; if an intermediate authority signed it, clients will refuse it:"
			" append the intermediate's certificate", "file", crt, "issuer", issuer, NULL);
	}
	dprintf(told, "%ld\n", (long)end);
	return true;
}

static bool make_certificate(int told) {
	static char names[MOST_HOSTS * 264] = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
	const struct settings *settings = &life.settings;
	char subject[80], output[1024];
	/* X.520 lets a common name have 64 characters; clients look at the alternative names anyway. */
	bool fits = settings->host_count > 0 && strlen(settings->hosts[0]) <= 64;
	snprintf(subject, sizeof subject, "/CN=%.64s", fits ? settings->hosts[0] : "localhost");
	for (int i = 0, length = 15; i < settings->host_count; i++) {
		length += snprintf(names + length, sizeof names - (size_t)length, "%sDNS:%s", i > 0 ? "," : "", settings->hosts[i]);
	}
	char *arguments[] = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256", "-nodes",
		"-days", "30", "-config", "/dev/null", "-subj", subject, "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE",
		"-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth",
		"-keyout", TLS_DIR "/new.key", "-out", TLS_DIR "/new.crt", NULL};
	umask(077);
	int status = run_openssl(arguments, output, sizeof output);
	umask(022);
	if (status != 0 || rename(TLS_DIR "/new.key", TLS_DIR "/tls.key") != 0 || rename(TLS_DIR "/new.crt", TLS_DIR "/tls.crt") != 0) {
		say("error", "The self-signed certificate could not be made", "status", number(status), "cause", output, NULL);
		return false;
	}
	dprintf(told, "%ld\n", (long)time(NULL) + 30L * 86400);
	/* A check makes one only to throw it away. */
	if (told >= 0) {
		say("warning", "self-signed certificate made", "subject", subject + 1, "days", "30",
			"remedy", "mount " MOUNTED_DIR "/tls.crt and " MOUNTED_DIR "/tls.key", NULL);
	}
	return true;
}

/* By rename, so that nginx never meets a moment without a file. */
static bool link_to(const char *target, const char *path) {
	unlink(TLS_DIR "/new");
	return symlink(target, TLS_DIR "/new") == 0 && rename(TLS_DIR "/new", path) == 0;
}

bool install_certificates(int told) {
	bool mounted;
	look_at_certificates(&mounted);
	bool rsa = mounted && access(MOUNTED_DIR "/tls.rsa.crt", F_OK) == 0;
	for (int i = 0; mounted && i < 1 + rsa; i++) {
		char from[2][64], to[2][64];
		for (int j = 0; j < 2; j++) {
			snprintf(from[j], 64, MOUNTED_DIR "/%s.%s", NAMES[i], j == 0 ? "crt" : "key");
			snprintf(to[j], 64, TLS_DIR "/%s.%s", NAMES[i], j == 0 ? "crt" : "key");
		}
		if (!readable(from[0]) || !readable(from[1]) || !check_pair(from[0], from[1], told)) {
			return false;
		}
		if (!link_to(from[0], to[0]) || !link_to(from[1], to[1])) {
			return refuse(to[0], "The certificate could not be put in its place");
		}
	}
	return link_when(rsa, "rsa", "tls.conf") && (mounted || make_certificate(told));
}
