// The self-test of an image: what its container would start is started, asked and stopped, inside the build.
#ifndef SALLYPORT_TEST_H
#define SALLYPORT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

// Cannot be tested here.
enum { UNTESTABLE = 78 };

// test-user.c: who the container's processes are.
#define MAX_GROUPS 64
struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[MAX_GROUPS];
	size_t group_count;
	// Empty when no file says; then it is the root folder.
	char home[512];
};
// The container's user as an image names it: `name`, `uid`, `name:group`. False with a reason when nobody is called so.
bool find_user(const char *text, struct user *user, char *reason, size_t size);
// Called in a child only. Keeps what Docker gives to every container: ports below 1024.
bool become_user(const struct user *user);

// test-ask.c: each gives the status of an HTTP answer, or 0.
int ask_port(int port, const char *path);
int ask_socket(const char *socket, const char *path);
// `tree`: the folder of the proxy, whose openssl speaks.
int ask_tls(const char *tree, int port, const char *path);
bool port_opens(int port);

// test-tail.c: the last lines that were said, and nothing in them that steers a terminal.
#define TAIL_LINES 20
#define TAIL_WIDTH 240
struct tail {
	char lines[TAIL_LINES][TAIL_WIDTH + 1];
	size_t count;
	size_t width;
};
void tail_take(struct tail *tail, const char *bytes, size_t length);
void tail_print(const struct tail *tail, FILE *to, const char *before);

long now_ms(void);

#define MAX_PORTS 16
#define MAX_CHECK 64
struct asked {
	long seconds;
	long stop_seconds;
	int signal;
	bool must_stop;
	// The image itself says where home is.
	bool keep_home;
	int ports[MAX_PORTS];
	size_t port_count;
	const char *health;
	// With a proxy: its listener, and the route where it tells the application's health.
	int https;
	const char *route;
	// Of a proxy that has no socket for its health: its plain listener, which tells it to the same machine.
	int plain;
	const char *user;
	const char *out;
	char *check[MAX_CHECK + 1];
	char **command;
};

struct trial {
	struct asked asked;
	struct user user;
	struct tail tail;
	int output[2];
	pid_t application;
	bool has_ended;
	int status;
	pid_t check;
	long check_from;
	bool check_passed;
	int check_code;
	long started;
	int last_status;
	// It ran, and its time was up.
	bool is_overdue;
	char sentence[512];
};

// test-process.c
int code_of(int status);
// Starts words of the image as the container would. The process, or -1 with errno.
pid_t start_words(struct trial *trial, char *const words[]);
void take_output(struct trial *trial);
// Waits a moment, takes what was said and who ended.
void step(struct trial *trial);

// test-life.c: starts, asks and stops; false with a sentence that says what went wrong.
bool try_out(struct trial *trial);
// Ends what is left of it, and takes in what was said last.
void clear_away(struct trial *trial);

int run_test(int argc, char **argv);

#endif
