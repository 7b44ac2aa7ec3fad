/* Which certificates does the proxy show, and whose does it believe? */
#include "init.h"

/* Kubernetes swaps links, so what counts is what they lead to. */
unsigned long look_at_certificates(void) {
	unsigned long print = 1;
	glob_t files;
	struct stat found;
	if (glob(MOUNTED_DIR "/*", 0, NULL, &files) != 0) return print;
	for (size_t i = 0; i < files.gl_pathc; i++)
		if (stat(files.gl_pathv[i], &found) == 0)
			print = (print ^ found.st_ino ^ (unsigned long)found.st_size << 24 ^ (unsigned long)found.st_mtim.tv_sec << 32
				^ (unsigned long)found.st_mtim.tv_nsec) * 1000003UL;
	globfree(&files);
	return print;
}

static bool refuse(const char *path, const char *message) {
	return say("error", message, "file", path, NULL);
}

static bool readable(const char *path, const char *missing) {
	struct stat found;
	char mode[12];
	if (access(path, R_OK) == 0) return true;
	int cause = errno;
	if (stat(path, &found) != 0) return say("error", missing, "file", path, "cause", strerror(cause), NULL);
	snprintf(mode, sizeof mode, "%04o", (unsigned)(found.st_mode & 07777));
	return say("error", "The mounted file cannot be read by the proxy's user; give it to that user or group", "file", path,
		"uid", number((long)geteuid()), "gid", number((long)getegid()), "mode", mode, "owner", number((long)found.st_uid), NULL);
}

/* Copies what lies between two marks of openssl's output; nothing where they aren't there. */
void between(const char *text, const char *from, const char *to, char *part, size_t capacity) {
	const char *start = strstr(text, from), *end = start == NULL ? NULL : strstr(start += strlen(from), to);
	snprintf(part, capacity, "%.*s", end == NULL ? 0 : (int)(end - start), end == NULL ? "" : start);
}

/* Says when it ends. */
static bool check_pair(const char *crt, const char *key, int told) {
	char mine[2048], its[2048], subject[256], issuer[256], ends[64];
	int code;
	char *text = run_openssl((char *[]){"x509", "-in", (char *)crt, "-noout", "-subject", "-issuer", "-enddate", "-dateopt", "iso_8601",
		"-pubkey", NULL}, -1, &code);
	if (code != 0) return refuse(crt, "The file is no certificate in PEM form; mount the server's, then those of who signed it");
	between(text, "subject=", "\n", subject, sizeof subject);
	between(text, "issuer=", "\n", issuer, sizeof issuer);
	between(text, "notAfter=", "Z", ends, sizeof ends);
	between(text, "-----BEGIN PUBLIC KEY-----", "-----END", its, sizeof its);
	text = run_openssl((char *[]){"pkey", "-in", (char *)key, "-pubout", "-passin", "pass:", NULL}, -1, &code);
	between(text, "-----BEGIN PUBLIC KEY-----", "-----END", mine, sizeof mine);
	if (code != 0) return refuse(key, strstr(read_whole(open(key, O_RDONLY | O_CLOEXEC)), "ENCRYPTED") == NULL
		? "The file is no private key in PEM form; mount the key that belongs to the certificate"
		: "The key is encrypted, and nobody is there to type a passphrase; mount it decrypted: openssl pkey -in tls.key -out plain.key");
	if (strcmp(mine, its) != 0)
		return refuse(crt, "The first certificate of the file does not belong to the key; mount a pair, the server's own certificate first");
	struct tm date = {0};
	time_t end = strptime(ends, "%Y-%m-%d %H:%M:%S", &date) == NULL ? 0 : timegm(&date);
	if (end < time(NULL))
		say("warning", "The certificate has expired, and clients refuse it; mount a new one, it is taken up at once", "file", crt,
			"expired", ends, NULL);
	const char *first = strstr(read_whole(open(crt, O_RDONLY | O_CLOEXEC)), "-----BEGIN");
	if (strcmp(subject, issuer) != 0 && first != NULL && strstr(first + 1, "-----BEGIN") == NULL)
		say("warning", "The file has the server's certificate alone; if an intermediate authority signed it, clients refuse it: append"
			" the intermediate's certificate", "file", crt, "issuer", issuer, NULL);
	dprintf(told, "%ld\n", (long)end);
	return true;
}

static bool make_certificate(int told) {
	static char names[MOST_HOSTS * 264] = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
	char subject[80];
	int code;
	/* X.520 lets a common name have 64 characters; clients look at the alternative names anyway. */
	bool fits = life.host_count > 0 && strlen(life.hosts[0]) <= 64;
	snprintf(subject, sizeof subject, "/CN=%.64s", fits ? life.hosts[0] : "localhost");
	for (int i = 0, length = 15; i < life.host_count; i++)
		length += snprintf(names + length, sizeof names - (size_t)length, "%sDNS:%s", i > 0 ? "," : "", life.hosts[i]);
	umask(077);
	const char *output = run_openssl((char *[]){"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256", "-nodes",
		"-days", "30", "-config", "/dev/null", "-subj", subject, "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE",
		"-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth",
		"-keyout", TLS_DIR "/new.key", "-out", TLS_DIR "/new.crt", NULL}, -1, &code);
	umask(022);
	if (code != 0 || rename(TLS_DIR "/new.key", TLS_DIR "/tls.key") != 0 || rename(TLS_DIR "/new.crt", TLS_DIR "/tls.crt") != 0)
		return say("error", "The self-signed certificate could not be made", "cause", output, NULL);
	dprintf(told, "%ld\n", (long)time(NULL) + 30L * 86400);
	/* A check makes one only to throw it away. */
	if (life.command != NULL)
		say("warning", "self-signed certificate made", "subject", subject + 1, "days", "30",
			"remedy", "mount " MOUNTED_DIR "/tls.crt and " MOUNTED_DIR "/tls.key", NULL);
	return true;
}

/* By rename, so that the proxy never meets a moment without a file. */
static bool link_to(const char *target, const char *name) {
	char path[128];
	snprintf(path, sizeof path, TLS_DIR "/%s", name);
	unlink(TLS_DIR "/new");
	return (symlink(target, TLS_DIR "/new") == 0 && rename(TLS_DIR "/new", path) == 0)
		|| refuse(path, "The certificate could not be put in its place");
}

/* Mounted where it is needed; a check has nothing mounted, and any certificate does. */
static bool link_authority(const char *name, const char *missing) {
	char from[128];
	snprintf(from, sizeof from, MOUNTED_DIR "/%s", name);
	return life.command == NULL ? link_to(TLS_DIR "/tls.crt", name) : readable(from, missing) && link_to(from, name);
}

bool is_mounted(const char *name) {
	char path[128];
	snprintf(path, sizeof path, MOUNTED_DIR "/%s", name);
	return access(path, F_OK) == 0;
}

/* One certificate for every client that is not very old, and optionally an RSA one for the others. */
bool install_certificates(int told, bool makes_missing) {
	static const char *const names[] = {"tls.crt", "tls.key", "tls.rsa.crt", "tls.rsa.key"};
	static const char half[] = "A certificate and its key are needed together, and one of them is missing; mount both, or neither";
	bool rsa = is_mounted(names[2]) || is_mounted(names[3]), mounted = rsa || is_mounted(names[0]) || is_mounted(names[1]);
	for (int i = 0; mounted && i < (rsa ? 4 : 2); i += 2) {
		char crt[64], key[64];
		snprintf(crt, sizeof crt, MOUNTED_DIR "/%s", names[i]);
		snprintf(key, sizeof key, MOUNTED_DIR "/%s", names[i + 1]);
		if (!readable(crt, half) || !readable(key, half) || !check_pair(crt, key, told)) return false;
		if (!link_to(crt, names[i]) || !link_to(key, names[i + 1])) return false;
	}
	if (!mounted && makes_missing && !make_certificate(told)) return false;
	for (int i = 1; i < life.pool_count; i++) {
		char name[80];
		snprintf(name, sizeof name, "%s.ca.crt", life.pools[i].name);
		if (life.pools[i].server_name[0] != '\0' && !link_authority(name, "An upstream is verified by an authority that is not mounted")) return false;
	}
	for (int i = 0; life.command != NULL && i < life.key_count; i++)
		if (!readable(life.keys[i], "The keys that tokens are verified with are not mounted")) return false;
	bool clients = life.client_ca[0] != '\0' || is_mounted("client-ca.crt");
	if (clients && !link_authority("client-ca.crt", "A route asks for client certificates; mount the authority that signed them")) return false;
	if (is_mounted("client-ca.crl") && !link_authority("client-ca.crl", "")) return false;
	return link_when(rsa, "tls/rsa.conf") && link_when(clients, "tls/client-ca.conf") && link_when(is_mounted("client-ca.crl"), "tls/client-crl.conf");
}
