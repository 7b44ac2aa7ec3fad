/* What did the renderer tell the supervisor? */
#include "init.h"

#define SETTINGS_FILE CONF_DIR "/init.conf"

static char instances[8] = "1", engine[16] = "nginx";

/* Names end in paths and in certificate requests: nothing but a name's characters may get there. */
#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
static bool is_made_of(const char *text, const char *characters) {
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/* `upstream NAME LINE INTERVAL TIMEOUT FAILURES PASSES [PATH]`, then its lines `tls SERVERNAME` and `server HOST PORT`. */
static bool take_upstream(const char *text, struct pool *last) {
	struct pool *pool = last + 1;
	return life.pool_count++ < MOST_POOLS && sscanf(text, "upstream %64s %9d %6d %4d %4d %4d %256s", pool->name, &pool->line,
		&pool->interval, &pool->timeout, &pool->failures, &pool->passes, pool->path) >= 6 && is_made_of(pool->name, NAME);
}

static bool take_server(const char *text, struct pool *pool) {
	if (pool == life.pools || pool->server_count == MOST_SERVERS) return false;
	char *host = pool->servers[pool->server_count].host;
	int *port = &pool->servers[pool->server_count++].port;
	return sscanf(text, "server %253s %5d", host, port) == 2 && is_made_of(host, NAME ".:") && *port > 0 && *port <= 65535;
}

static bool take_host(const char *text, struct pool *pool) {
	size_t length = strlen(life.names);
	(void)pool;
	return is_made_of(text + strlen("host "), NAME ".*") && (size_t)snprintf(life.names + length, sizeof life.names - length, "%sDNS:%s",
		length > 0 ? "," : "", text + strlen("host ")) < sizeof life.names - length;
}

static bool take_listen(const char *text, struct pool *pool) {
	int *port = &life.listens[life.listen_count++];
	(void)pool;
	return life.listen_count <= MOST_LISTENS && sscanf(text, "listen %5d", port) == 1 && *port > 0 && *port <= 65535;
}

static bool take_mounted(const char *text, struct pool *pool) {
	(void)pool;
	return life.mounted_count < MOST_MOUNTED && sscanf(text, "mounted %256s", life.mounted[life.mounted_count++]) == 1;
}

static bool take(const char *text) {
	struct pool *last = &life.pools[life.pool_count - 1], *application = life.pools;
	const struct {const char *format; void *into;} values[] = {
		{"application_port %5d%n", &life.port}, {"application_health %256s%n", application->path}, {"instances %4s%n", instances},
		{"port_variable %64s%n", life.port_variable}, {"engine %15s%n", engine}, {"proxy_health %256s%n", life.proxy_health},
		{"health_port %5d%n", &life.health_port}, {"drain_seconds %5d%n", &life.drain_seconds},
		{"stop_seconds %5d%n", &life.stop_seconds}, {"beside %64s%n", life.beside}, {"truncate_addresses %3s%n", life.truncates}, {"tls %253s%n", last->server_name},
	};
	const struct {const char *key; bool (*take)(const char *, struct pool *);} others[] = {{"host ", take_host},
		{"upstream ", take_upstream}, {"server ", take_server}, {"mounted ", take_mounted}, {"listen ", take_listen}};
	int end = 0;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (sscanf(text, values[i].format, values[i].into, &end) == 1 && end > 0) return text[end] == '\0';
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(text, others[i].key, strlen(others[i].key)) == 0) return others[i].take(text, last);
	return sscanf(text, "health %6d %4d %4d %4d%n", &application->interval, &application->timeout, &application->failures,
		&application->passes, &end) == 4 && text[end] == '\0';
}

static bool are_sound(void) {
	life.traefik = strcmp(engine, "traefik") == 0;
	life.instance_count = life.port == 0 ? 0 : strcmp(instances, "auto") == 0 ? cpu_count() : atoi(instances);
	bool sound = (life.traefik || strcmp(engine, "nginx") == 0) && life.proxy_health[0] == '/' && life.stop_seconds > 0
		&& life.drain_seconds >= 0 && life.health_port >= 0 && life.port >= 0 && life.port + life.instance_count <= 65536
		&& life.instance_count >= (life.port > 0) && life.instance_count <= MOST_INSTANCES
		&& (life.instance_count < 2 || life.port_variable[0] != '\0');
	for (const struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++)
		sound = sound && pool->interval > 0 && pool->timeout > 0 && pool->failures > 0 && pool->passes > 0;
	for (int i = 0; sound && i < life.instance_count; i++)
		life.pools[0].endpoints[life.pools[0].endpoint_count++] = (struct endpoint){.host = "127.0.0.1", .port = life.port + i};
	return sound;
}

bool read_settings(void) {
	char text[600];
	int line = 0;
	bool fine = true;
	life.pools[0] = (struct pool){.name = "application", .interval = 2, .timeout = 2, .failures = 1, .passes = 1};
	life.pool_count = 1;
	FILE *file = fopen(SETTINGS_FILE, "re");
	if (file == NULL) return say("error", "The supervisor's settings cannot be read; build the image again with the frontend",
		"file", SETTINGS_FILE, "cause", strerror(errno), NULL);
	for (; fine && fgets(text, sizeof text, file) != NULL; line++) {
		text[strcspn(text, "\n")] = '\0';
		fine = text[0] == '#' || text[0] == '\0' || take(text);
	}
	fclose(file);
	return (fine && are_sound()) || say("error", "The supervisor's settings have a line that it does not understand, or contradict each"
		" other; build the image again with the frontend", "file", SETTINGS_FILE, "line", number(line), NULL);
}
