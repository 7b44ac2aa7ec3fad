/* sallyport-init: PID 1 of an image with an injected proxy. Every file answers one question; this one names the doors. */
#ifndef SALLYPORT_INIT_H
#define SALLYPORT_INIT_H

/* The C library and the kernel, once for all files. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONF_DIR "/opt/sallyport/conf"
#define MOUNTED_DIR "/etc/sallyport/tls"
/* The only place that must be writable. `proxy` and `tls` belong to the proxy's user. */
#define RUN_DIR "/run/sallyport"
#define PROXY_DIR RUN_DIR "/proxy"
#define TLS_DIR RUN_DIR "/tls"
#define HEALTHY_FILE PROXY_DIR "/healthy"
#define HEALTH_SOCKET PROXY_DIR "/health.sock"

/* Exit codes: sysexits(3) for ours, a shell's for a command that can't be run. */
enum {EXIT_PROXY = 1, EXIT_WRONG_USAGE = 64, EXIT_SETTINGS = 78, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127};
enum {MOST_HOSTS = 64, MOST_INSTANCES = 32, MOST_POOLS = 33, MOST_SERVERS = 16, MOST_ENDPOINTS = 32};

/* settings.c: what the renderer wrote into init.conf. */
struct settings {
	bool traefik;
	int port; /* of the first instance; 0: there is no application */
	int instances;
	char port_variable[65];
	char proxy_health[257];
	int health_port; /* 0: the proxy answers for its health on HEALTH_SOCKET */
	int metrics_port;
	int drain_seconds, stop_seconds;
	char hosts[MOST_HOSTS][256];
	int host_count;
};

/* Who may be asked, and whether he answers. Pool 0 is the application; its endpoints are the instances. */
struct endpoint {
	char host[INET6_ADDRSTRLEN];
	int port;
	bool out;    /* gets no requests */
	bool passed; /* since it started */
	int streak;  /* answers in a row that speak against `out` */
	long due;
	pid_t probe;
};
struct pool {
	char name[65];
	int line; /* of the project file */
	int interval, timeout, failures, passes;
	char path[257]; /* empty: a TCP connection must do */
	struct {char host[254]; int port;} servers[MOST_SERVERS];
	int server_count;
	struct endpoint endpoints[MOST_ENDPOINTS];
	int endpoint_count;
	bool looked_up, unknown;
	long due;
	pid_t resolver;
	int told;
	int failed; /* checks */
};
struct instance {
	pid_t pid, group;
	long since, due; /* when it started; when it starts again */
	int failures;    /* ends in a row soon after a start */
	int restarts;
	bool rolling, hung; /* it was asked to end; it will be killed */
};

enum phase {WAITING, SERVING, DRAINING, STOPPING, LEFTOVERS, OVER};
/* Everything PID 1 knows. It waits for nothing but signals and time; whatever may take long is a child, and its exit the answer. */
struct life {
	enum phase phase;
	long deadline, wake;
	char *const *command;
	struct settings settings;
	bool drops;      /* the proxy's processes leave root */
	bool stays_root;
	struct pool pools[MOST_POOLS];
	int pool_count;
	struct instance instances[MOST_INSTANCES];
	bool rolling;
	int rolled; /* the instance that a rolling restart is at */
	long rolled_until;
	pid_t proxy, relay, publisher, certifier;
	int access[2], errors[2];
	int told; /* by the certifier */
	unsigned long certificates; /* a print of what is mounted */
	bool mounted, certificate_ready;
	long certificate_due, renew, relay_due, publish_due, reload_due;
	long started, certificate_ends; /* seconds since 1970 */
	bool changed, rotation_changed, reload_wanted;
	int reloads;
	int stop_signal;
	long stop_ms;
	int code;
	bool code_is_final;
};
extern struct life life;

/* settings.c: false after it said what is wrong. */
bool read_settings(void);

/* place.c: as whom does the proxy run, and where? */
bool choose_identity(void);
bool become_proxy(void);
bool prepare_place(void);
bool link_when(bool there, const char *folder, const char *file);
int cpu_count(void);
/* The set of signals or capabilities that /proc tells of a process. */
unsigned long long proc_set(pid_t pid, const char *key);

/* tool.c: children and the tree's programs. */
pid_t fork_clean(void);
/* A child that does one thing as the proxy's user. What it writes to `told` its parent can read there once it has ended. */
pid_t errand(int *told);
int code_of(int status);
int wait_for(pid_t pid);
void exec_proxy(const char *mode) __attribute__((noreturn));
const char *tree_file(const char *name);
/* Its exit code; stdout and stderr are caught, cut and terminated. */
int run_openssl(char *const arguments[], char *output, size_t capacity);
size_t read_whole(int fd, char *text, size_t capacity);

/* certificate.c */
bool install_certificates(int told);
unsigned long look_at_certificates(bool *mounted);
void between(const char *text, const char *from, const char *to, char *part, size_t capacity);

/* run.c */
int run(char *const command[]);
void end_application(void);
long now_ms(void);
/* Whether the time has come; if not, PID 1 will be awake by then. */
bool due(long when);

/* instances.c */
void start_instance(int index);
bool instance_ended(pid_t pid, int status);
void look_after_instances(void);
void begin_rolling_restart(void);
int instances_alive(void);
void signal_instances(int signal);
void forward_signal(int signal);
/* To whole groups, dead leaders' too; false when nobody is left. */
bool signal_groups(int signal);
void instance_hangs(int index);

/* pools.c: who is healthy? */
void look_after_pools(void);
bool pool_child_ended(pid_t pid, int status);
bool pools_known(void);
bool application_healthy(void);
/* Writes what the proxy and Prometheus are told. Runs in an errand. */
bool publish(void);

/* ask.c: the status of one GET, 1 for a TCP connection where no path is given, 0 when there was no answer in time. */
int ask(const char *host, int port, const char *path, int timeout_ms);

/* relay.c, redact.c */
void relay(void) __attribute__((noreturn));
struct line;
void redact_error(const char *text, size_t length, struct line *line);

/* log.c: one log line, kept within PIPE_BUF so that a single write can't be torn apart by another writer. */
#define LINE_MAX_BYTES 4096
struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};
void line_begin(struct line *line, const char *type, const char *level);
void line_field(struct line *line, const char *key, const char *value, size_t length, size_t cap);
void line_end(struct line *line);
void write_whole(int fd, const char *text, size_t length);
/* A JSON line on stderr: message, then pairs of key and value, then NULL. Never blocks for longer than 200 ms. */
void say(const char *level, const char *message, ...) __attribute__((sentinel));
const char *number(long value);

/* check.c */
int check(const char *out);

#endif
