/* sallyport-init: PID 1 of an image with an injected proxy. Every file answers one question; this one names the doors. */
#ifndef SALLYPORT_INIT_H
#define SALLYPORT_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define INIT_VERSION "0.1.0"

#define TREE "/opt/sallyport/nginx"
#define LOADER TREE "/lib/loader"
/* njs and what it needs lie apart; a folder that is not there does no harm. */
#define LIBRARIES TREE "/lib:/opt/sallyport/njs"
#define NGINX TREE "/bin/nginx"
#define OPENSSL TREE "/bin/openssl"
#define CONF_DIR "/opt/sallyport/conf"
#define NGINX_CONF CONF_DIR "/nginx.conf"
#define SETTINGS_FILE CONF_DIR "/init.conf"
#define MOUNTED_CERT "/etc/sallyport/tls/tls.crt"
#define MOUNTED_KEY "/etc/sallyport/tls/tls.key"

/* The only place that must be writable. `proxy` and `tls` belong to the proxy's user. */
#define RUN_DIR "/run/sallyport"
#define PROXY_DIR RUN_DIR "/proxy"
#define TLS_DIR RUN_DIR "/tls"
#define PID_FILE PROXY_DIR "/nginx.pid"
#define HEALTH_SOCKET PROXY_DIR "/health.sock"
#define HEALTHY_FILE PROXY_DIR "/healthy"
#define IPV6_DIR PROXY_DIR "/ipv6"

/* Exit codes: sysexits(3) for ours, a shell's for a command that can't be run. */
enum {EXIT_PROXY = 1, EXIT_WRONG_USAGE = 64, EXIT_SETTINGS = 78, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127};

/* One log line, kept within PIPE_BUF so that a single write can't be torn apart by another writer. */
#define LINE_MAX_BYTES 4096
struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};

/* log.c */
void line_begin(struct line *line, const char *type, const char *level);
void line_field(struct line *line, const char *key, const char *value, size_t length, size_t cap);
void line_end(struct line *line);
void write_whole(int fd, const char *text, size_t length);
/* A JSON line on stderr: message, then pairs of key and value, then NULL. Never blocks for longer than 200 ms. */
void say(const char *level, const char *message, ...) __attribute__((sentinel));
const char *number(long value);

/* settings.c: what the renderer wrote into init.conf. */
#define MAX_HOSTS 64
struct settings {
	int application_port;
	char application_health[257]; /* empty: a TCP connection must do */
	char proxy_health[257];
	long drain_seconds;
	long stop_seconds;
	char hosts[MAX_HOSTS][256];
	int host_count;
};
/* False after it said what is wrong. */
bool read_settings(struct settings *settings);

/* identity.c: the user that the proxy's processes run as. */
struct identity {
	bool drops; /* root with the capabilities to become `uid` */
	bool stays_root;
	uid_t uid;
	gid_t gid;
};
bool choose_identity(struct identity *identity);
/* Called in a child only. */
bool become(const struct identity *identity);

/* place.c: makes /run/sallyport ready. Runs as the proxy's user. */
bool prepare_place(void);

/* certificate.c: runs as the proxy's user. */
struct certificate_state {
	bool mounted;
	struct {dev_t device; ino_t inode; long long changed; off_t size;} files[2];
};
/* `announced`: a self-signed one is told of; a check makes one only to throw it away. */
bool install_certificate(const struct settings *settings, bool announced);
void look_at_certificate(struct certificate_state *state);
bool certificate_differs(const struct certificate_state *before, const struct certificate_state *after);

/* tool.c: programs of the tree, run through the tree's loader with an environment of our own. */
void exec_tool(const char *program, char *const arguments[]) __attribute__((noreturn));
/* Exit status, or -1; with `output`, stdout and stderr are caught there (cut, NUL-terminated), else they are inherited. */
int run_tool(const char *program, char *const arguments[], char *output, size_t capacity);

/* cpu.c */
int worker_count(void);

/* proxy.c */
#define PROXY_ARGUMENTS 16
/* nginx's arguments; `globals` holds the text of -g and must live as long. */
void proxy_arguments(char *arguments[PROXY_ARGUMENTS], char globals[128], const struct identity *identity, bool test);
pid_t start_proxy(const struct identity *identity, int out, int err);

/* application.c */
pid_t start_application(char *const argv[]);
/* What the kernel does for a PID 1: a signal without a handler is not delivered. */
void forward_signal(pid_t application, int signal);

/* relay.c, redact.c: the proxy's output to the container's. */
/* Two pipes, of which the relay reads. */
pid_t start_relay(const struct identity *identity, const int access[2], const int errors[2]);
void redact_error(const char *text, size_t length, struct line *line);

/* keeper.c: asks the application's health, and watches the mounted certificate. */
pid_t start_keeper(const struct identity *identity, const struct settings *settings, pid_t proxy);

/* http.c: status of one small GET, 0 when there was no answer in time. `socket_path` or port on 127.0.0.1. */
int ask_status(const char *socket_path, int port, const char *path, int timeout_ms);
bool port_answers(int port);

/* spawn.c */
/* fork() with signals as a new program expects them and, when given, the identity taken on. */
pid_t fork_clean(const struct identity *identity);
long now_ms(void);

/* commands */
int run(char *const argv[]);
int check(const char *out);
int health(void);

#endif
