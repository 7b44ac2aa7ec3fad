/* What did the renderer tell the supervisor? */
#include "init.h"

#define SETTINGS_FILE CONF_DIR "/init.conf"
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

static char instances[8] = "1", engine[16] = "nginx";

/* Names end in paths and in certificate requests: nothing but a name's characters may get there. */
static bool is_made_of(const char *text, const char *characters) {
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/* `upstream NAME LINE INTERVAL TIMEOUT FAILURES PASSES [PATH]`, then its lines `tls SERVERNAME` and `server HOST PORT`. */
static bool take_upstream(const char *text) {
	struct pool *pool = &life.pools[life.pool_count];
	if (life.pool_count == MOST_POOLS)
		return false;
	life.pool_count++;
	return sscanf(text, "upstream %64s %9d %6d %4d %4d %4d %256s", pool->name, &pool->line, &pool->interval, &pool->timeout,
		&pool->failures, &pool->passes, pool->path) >= 6 && is_made_of(pool->name, WORD);
}

static bool take_server(const char *text) {
	struct pool *pool = &life.pools[life.pool_count - 1];
	if (life.pool_count == 1 || pool->server_count == MOST_SERVERS)
		return false;
	char *host = pool->servers[pool->server_count].host;
	int *port = &pool->servers[pool->server_count++].port;
	return sscanf(text, "server %253s %5d", host, port) == 2 && is_made_of(host, WORD ".:") && *port > 0 && *port <= 65535;
}

static bool take_host(const char *text) {
	char *host = life.hosts[life.host_count];
	return life.host_count++ < MOST_HOSTS && sscanf(text, "host %255s", host) == 1 && is_made_of(host, WORD ".*");
}

static bool take_health(const char *text) {
	struct pool *pool = &life.pools[0];
	return sscanf(text, "health %6d %4d %4d %4d", &pool->interval, &pool->timeout, &pool->failures, &pool->passes) == 4;
}

static bool take_keys(const char *text) {
	return life.key_count < MOST_KEYS && sscanf(text, "jwt_keys %256s", life.keys[life.key_count++]) == 1;
}

static bool take(const char *text) {
	const struct {const char *format; void *into; int most;} simple[] = {
		{"application_port %5d%n", &life.port, 65535}, {"application_health %256s%n", life.pools[0].path, 0},
		{"instances %4s%n", instances, 0}, {"port_variable %64s%n", life.port_variable, 0}, {"engine %15s%n", engine, 0},
		{"proxy_health %256s%n", life.proxy_health, 0}, {"health_port %5d%n", &life.health_port, 65535},
		{"drain_seconds %5d%n", &life.drain_seconds, 86400}, {"stop_seconds %5d%n", &life.stop_seconds, 86400},
		{"client_ca %8s%n", life.client_ca, 0}, {"beside %64s%n", life.beside, 0}, {"truncate_addresses %3s%n", life.truncates, 0},
	};
	const struct {const char *key; bool (*take)(const char *);} others[] = {{"host ", take_host}, {"health ", take_health},
		{"upstream ", take_upstream}, {"server ", take_server}, {"jwt_keys ", take_keys}};
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
		int end = 0;
		if (sscanf(text, simple[i].format, simple[i].into, &end) == 1 && end > 0)
			return text[end] == '\0' && (simple[i].most == 0 || (unsigned)*(int *)simple[i].into <= (unsigned)simple[i].most);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(text, others[i].key, strlen(others[i].key)) == 0)
			return others[i].take(text);
	return life.pool_count > 1 && sscanf(text, "tls %253s", life.pools[life.pool_count - 1].server_name) == 1;
}

static bool are_sound(void) {
	life.traefik = strcmp(engine, "traefik") == 0;
	life.instance_count = life.port == 0 ? 0 : strcmp(instances, "auto") == 0 ? cpu_count() : atoi(instances);
	bool sound = (life.traefik || strcmp(engine, "nginx") == 0) && life.proxy_health[0] == '/' && life.stop_seconds > 0
		&& (life.port == 0 || life.instance_count > 0) && life.instance_count <= MOST_INSTANCES
		&& life.port + life.instance_count <= 65536 && (life.instance_count < 2 || life.port_variable[0] != '\0');
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
	if (file == NULL)
		return say("error", "The supervisor's settings cannot be read; build the image again with the frontend",
			"file", SETTINGS_FILE, "cause", strerror(errno), NULL);
	for (; fine && fgets(text, sizeof text, file) != NULL; line++) {
		text[strcspn(text, "\n")] = '\0';
		fine = text[0] == '#' || text[0] == '\0' || take(text);
	}
	fclose(file);
	return !fine ? say("error", "The supervisor's settings have a line that it does not understand",
			"file", SETTINGS_FILE, "line", number(line), NULL)
		: are_sound() || say("error", "The supervisor's settings are incomplete or contradict each other; build the image again",
			"file", SETTINGS_FILE, NULL);
}
