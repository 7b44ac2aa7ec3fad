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
	if (stat(path, &found) != 0) return refuse(path, missing);
	snprintf(mode, sizeof mode, "%04o", (unsigned)(found.st_mode & 07777));
	return say("error", "The mounted file cannot be read by the proxy's user; give it to that user or group", "file", path,
		"uid", number((long)geteuid()), "gid", number((long)getegid()), "mode", mode, "owner", number((long)found.st_uid), NULL);
}

/* Says when it ends. */
static bool check_pair(char *crt, char *key, int told) {
	char public[4096];
	int code;
	snprintf(public, sizeof public, "%s", run_openssl((char *[]){"pkey", "-in", key, "-pubout", "-passin", "pass:", NULL}, -1, &code));
	if (code != 0) return refuse(key, strstr(read_whole(open(key, O_RDONLY | O_CLOEXEC)), "ENCRYPTED") == NULL
		? "The file is no private key in PEM form; mount the key that belongs to the certificate"
		: "The key is encrypted, and nobody is there to type a passphrase; mount it decrypted: openssl pkey -in tls.key -out plain.key");
	char *text = run_openssl((char *[]){"x509", "-in", crt, "-noout", "-pubkey", "-subject_hash", "-issuer_hash", "-enddate", NULL}, -1, &code);
	if (code != 0) return refuse(crt, "The file is no certificate in PEM form; mount the server's, then those of who signed it");
	if (strstr(text, public) == NULL)
		return refuse(crt, "The first certificate of the file does not belong to the key; mount a pair, the server's own certificate first");
	unsigned long subject = 0, issuer = 0;
	struct tm date = {0};
	const char *after = strstr(text, "notAfter="), *end_of_key = strstr(text, "-----END PUBLIC KEY-----\n");
	if (end_of_key != NULL) sscanf(end_of_key + 25, "%lx %lx", &subject, &issuer);
	time_t end = after == NULL || strptime(after + 9, "%b %d %H:%M:%S %Y", &date) == NULL ? 0 : timegm(&date);
	if (end < time(NULL))
		say("warning", "The certificate has expired, and clients refuse it; mount a new one, it is taken up at once", "file", crt, NULL);
	const char *first = strstr(read_whole(open(crt, O_RDONLY | O_CLOEXEC)), "-----BEGIN");
	if (subject != issuer && first != NULL && strstr(first + 1, "-----BEGIN") == NULL)
		say("warning", "The file has the server's certificate alone; if an intermediate authority signed it, clients refuse it: append"
			" the intermediate's certificate", "file", crt, NULL);
	dprintf(told, "%ld\n", (long)end);
	return true;
}

static bool make_certificate(int told) {
	char names[sizeof life.names + 64];
	int code;
	snprintf(names, sizeof names, "subjectAltName=%s", life.names[0] == '\0' ? "DNS:localhost,IP:127.0.0.1,IP:::1" : life.names);
	umask(077);
	const char *said = run_openssl((char *[]){"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256", "-nodes",
		"-days", "30", "-config", "/dev/null", "-subj", "/CN=self-signed", "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE",
		"-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth",
		"-keyout", TLS_DIR "/new.key", "-out", TLS_DIR "/new.crt", NULL}, -1, &code);
	umask(022);
	if (code != 0 || rename(TLS_DIR "/new.key", TLS_DIR "/tls.key") != 0 || rename(TLS_DIR "/new.crt", TLS_DIR "/tls.crt") != 0)
		return say("error", "The self-signed certificate could not be made", "cause", said, NULL);
	dprintf(told, "%ld\n", (long)time(NULL) + 30L * 86400);
	if (life.command != NULL) say("warning", "self-signed certificate made", "names", names + strlen("subjectAltName="), "days", "30",
		"remedy", "mount " MOUNTED_DIR "/tls.crt and " MOUNTED_DIR "/tls.key", NULL);
	return true;
}

/* By rename, so that the proxy never meets a moment without a file. */
static bool link_to(const char *target, const char *name) {
	char path[320];
	snprintf(path, sizeof path, TLS_DIR "/%.200s", name);
	unlink(TLS_DIR "/new");
	return (symlink(target, TLS_DIR "/new") == 0 && rename(TLS_DIR "/new", path) == 0) || refuse(path, "It could not be linked to what is mounted");
}

/* One certificate for every client that is not very old, and optionally an RSA one for the others. */
bool install_certificates(int told, bool makes_missing) {
	static char *const pairs[][2] = {{MOUNTED_DIR "/tls.crt", MOUNTED_DIR "/tls.key"}, {MOUNTED_DIR "/tls.rsa.crt", MOUNTED_DIR "/tls.rsa.key"}};
	static const char half[] = "A certificate and its key are needed together, and one of them is missing; mount both, or neither";
	bool rsa = access(pairs[1][0], F_OK) == 0 || access(pairs[1][1], F_OK) == 0;
	bool mounted = rsa || access(pairs[0][0], F_OK) == 0 || access(pairs[0][1], F_OK) == 0;
	const char *lists = MOUNTED_DIR "/client-ca.crl";
	for (int i = 0; mounted && i < 1 + rsa; i++) {
		if (!readable(pairs[i][0], half) || !readable(pairs[i][1], half) || !check_pair(pairs[i][0], pairs[i][1], told)) return false;
		if (!link_to(pairs[i][0], strrchr(pairs[i][0], '/') + 1) || !link_to(pairs[i][1], strrchr(pairs[i][1], '/') + 1)) return false;
	}
	if (!mounted && makes_missing && !make_certificate(told)) return false;
	for (int i = 0; i < life.mounted_count; i++) {
		/* A check has nothing mounted, and in the place of an authority any certificate does. */
		const char *path = life.command == NULL ? TLS_DIR "/tls.crt" : life.mounted[i];
		if (!readable(path, "A file that the project file asks for is not there; mount it")) return false;
		if (strstr(life.mounted[i], "ca.crt") != NULL && !link_to(path, strrchr(life.mounted[i], '/') + 1)) return false;
	}
	return (access(lists, F_OK) != 0 || link_to(lists, "client-ca.crl")) && link_when(rsa, "tls/rsa.conf")
		&& link_when(true, "tls/client-ca.conf") && link_when(access(lists, F_OK) == 0, "tls/client-crl.conf");
}
