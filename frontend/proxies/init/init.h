/* sallyport-init: PID 1 of an image with an injected proxy. Every file answers one question; this one names the doors. */
#ifndef SALLYPORT_INIT_H
#define SALLYPORT_INIT_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
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
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONF_DIR "/opt/sallyport/conf"
#define MOUNTED_DIR "/etc/sallyport/tls"
/* The only place that must be writable; `proxy` and `tls` below it belong to the proxy's user. */
#define RUN_DIR "/run/sallyport"
#define PROXY_DIR RUN_DIR "/proxy"
#define TLS_DIR RUN_DIR "/tls"
#define TREE(name) (life.traefik ? "/opt/sallyport/traefik/" name : "/opt/sallyport/nginx/" name)

/* Exit codes: sysexits(3) for ours, a shell's for a command that can't be run. */
enum {EXIT_PROXY = 1, EXIT_WRONG_USAGE = 64, EXIT_SETTINGS = 78, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127};
enum {MOST_INSTANCES = 32, MOST_POOLS = 33, MOST_SERVERS = 16, MOST_ENDPOINTS = 32, MOST_MOUNTED = 48, MOST_LISTENS = 3};

/* A child that does one thing as the proxy's user: its exit code is the answer, and what it says waits in a pipe. */
struct errand {
	pid_t pid;
	int told;
	long due; /* when it is sent (again) */
};
struct endpoint {
	char host[INET6_ADDRSTRLEN];
	int port, streak;   /* answers in a row that speak against `out` */
	bool out, answered; /* gets no requests; has answered since it started */
	long passed;        /* when it first answered well since then */
	struct errand probe;
};
/* Who is asked for one thing. Pool 0 is the application, its endpoints are the instances. */
struct pool {
	char name[65], path[257], server_name[254]; /* without a path a connection must do; the server's name where TLS is spoken */
	int line, interval, timeout, failures, passes, failed, server_count, endpoint_count;
	struct {char host[254]; int port;} servers[MOST_SERVERS];
	struct endpoint endpoints[MOST_ENDPOINTS];
	bool looked_up, unknown;
	struct errand resolver;
};
struct instance {
	pid_t pid, group;
	long since, due, ends;  /* when it started; when it starts again; when it is killed, having been asked to end or hanging */
	int failures, restarts; /* ends in a row soon after a start; all starts but the first */
};
enum phase {WAITING, SERVING, DRAINING, STOPPING, LEFTOVERS, OVER};

/* All that PID 1 knows. It waits for nothing but signals and time; what may take long is a child's. */
extern struct life {
	/* What the renderer wrote into init.conf. Port 0: there is no application. Health port 0: the proxy's socket is asked. */
	bool traefik;
	int port, instance_count, health_port, drain_seconds, stop_seconds, pool_count, mounted_count, listen_count, listens[MOST_LISTENS];
	char port_variable[65], beside[65], proxy_health[257], truncates[4], mounted[MOST_MOUNTED][257], names[16384];
	struct pool pools[MOST_POOLS];

	bool drops, stays_root; /* the proxy's processes leave root; or can't */
	char *const *command;   /* none: this is a check */
	enum phase phase;
	long deadline, wake, started, certificate_ends, renew_certificate, reload_due, rolled_at;
	int stop_signal, code, reloads, rolled; /* the instance that a rolling restart is at */
	bool code_is_final, killed, rolling, certificate_ready;
	bool changed, rotation_changed, reload_wanted; /* for who reads our files; for the proxy; by the publisher */
	const char *reload_why;
	unsigned long certificates; /* a print of what is mounted */
	struct instance instances[MOST_INSTANCES];
	pid_t proxy;
	struct errand relays[2], publisher, certifier;
	int streams[2][2]; /* the proxy's stdout and stderr */
} life;

/* log.c, redact.c: one line is one write of at most so many bytes, which no other writer can tear apart. */
#define LINE_MAX_BYTES 4096
void line_begin(const char *type, const char *level);
void line_field(const char *key, const char *value, size_t cap);
void line_end(void);
/* A JSON line on stderr: message, then pairs of key and value, then NULL. Returns false. Never blocks for longer than 200 ms. */
bool say(const char *level, const char *message, ...) __attribute__((sentinel));
const char *number(long value);
_Noreturn void relay(int from, bool errors);
void tell_error(char *text);

/* settings.c, place.c, certificate.c: false after they said what is wrong. */
bool read_settings(void);
bool choose_identity(void);
bool become_proxy(void);
bool prepare_place(void);
bool ports_are_free(void);
bool link_when(bool there, const char *file);
bool install_certificates(int told, bool makes_missing);
unsigned long look_at_certificates(void);
unsigned long long proc_set(pid_t pid, const char *key); /* signals or capabilities */
int cpu_count(void);

/* tool.c: children, and the programs of the proxy's tree. */
pid_t fork_clean(void);
bool is_due(const struct errand *errand);
bool is_sent(struct errand *errand, bool tells); /* true in the child, which must _exit */
bool has_ended(struct errand *errand, pid_t pid);
int wait_for(pid_t pid);
char *read_whole(int fd); /* and close it; the text lives until the next */
_Noreturn void exec_proxy(const char *mode);
char *run_openssl(char *const arguments[], int input, int *code);

/* ask.c: the status of one GET, 1 for a connection where no path is given, 0 when there was no answer in time. */
int ask(const char *host, int port, const char *path, int timeout_ms);
int ask_tls(const struct pool *pool, const struct endpoint *endpoint);

/* pools.c, instances.c, run.c, check.c */
bool application_healthy(void);
bool pools_known(void);
void look_after_pools(void);
void pool_child_ended(pid_t pid, int code);
bool publish(void); /* what the proxy and Prometheus are told; in an errand */
enum reach {HANDLERS, ALL, WHOLE_GROUPS};
bool signal_instances(int signal, enum reach reach); /* whether anybody was there */
void look_after_instances(void);
bool instance_ended(pid_t pid, int code);
void instance_hangs(int index);
long now_ms(void);
bool due(long when); /* whether it is time; if not, PID 1 will be awake by then */
void end(int code);
int run(char *const command[]);
int check(const char *out);

#endif
