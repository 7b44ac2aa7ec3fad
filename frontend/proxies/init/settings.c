/* What did the renderer tell the supervisor? */
#include "init.h"

#define SETTINGS_FILE CONF_DIR "/init.conf"
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static struct settings *const s = &life.settings;
static char instances[8] = "1";
static char engine[16] = "nginx";

static bool within(int value, int least, int most) {
	return value >= least && value <= most;
}

static bool is_made_of(const char *text, const char *characters) {
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/* It goes into a request line. */
static bool is_path(const char *path) {
	for (const char *c = path; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~') {
			return false;
		}
	}
	return path[0] == '/' || path[0] == '\0';
}

static bool is_checked_sanely(const struct pool *pool) {
	return within(pool->interval, 1, 86400) && within(pool->timeout, 1, 3600) && within(pool->failures, 1, 1000)
		&& within(pool->passes, 1, 1000) && is_path(pool->path);
}

/* `upstream NAME LINE INTERVAL TIMEOUT FAILURES PASSES [PATH]`, then its lines `server HOST PORT`. */
static bool take_upstream(const char *text) {
	struct pool *pool = &life.pools[life.pool_count];
	if (life.pool_count == MOST_POOLS) {
		return false;
	}
	int words = sscanf(text, "upstream %64s %9d %9d %9d %9d %9d %256s", pool->name, &pool->line, &pool->interval,
		&pool->timeout, &pool->failures, &pool->passes, pool->path);
	life.pool_count++;
	return words >= 6 && is_made_of(pool->name, WORD "-_") && is_checked_sanely(pool);
}

static bool take_server(const char *text) {
	struct pool *pool = &life.pools[life.pool_count - 1];
	if (life.pool_count == 1 || pool->server_count == MOST_SERVERS) {
		return false;
	}
	char *host = pool->servers[pool->server_count].host;
	int *port = &pool->servers[pool->server_count++].port;
	return sscanf(text, "server %253s %9d", host, port) == 2 && is_made_of(host, WORD ".-_:") && within(*port, 1, 65535);
}

/* The names go into a certificate request: nothing but a host's characters may get there. */
static bool take_host(const char *text) {
	char *host = s->host_count < MOST_HOSTS ? s->hosts[s->host_count++] : NULL;
	return host != NULL && sscanf(text, "host %255s", host) == 1 && is_made_of(host, WORD ".-_*");
}

static bool take_health(const char *text) {
	struct pool *pool = &life.pools[0];
	return sscanf(text, "health %9d %9d %9d %9d", &pool->interval, &pool->timeout, &pool->failures, &pool->passes) == 4
		&& is_checked_sanely(pool);
}

static bool take(const char *text) {
	const struct {const char *format; void *into;} simple[] = {
		{"application_port %5d%n", &s->port}, {"application_health %256s%n", life.pools[0].path},
		{"instances %4s%n", instances}, {"port_variable %64s%n", s->port_variable}, {"engine %15s%n", engine},
		{"proxy_health %256s%n", s->proxy_health}, {"health_port %5d%n", &s->health_port},
		{"metrics_port %5d%n", &s->metrics_port}, {"drain_seconds %5d%n", &s->drain_seconds},
		{"stop_seconds %5d%n", &s->stop_seconds},
	};
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
		int end = 0;
		if (sscanf(text, simple[i].format, simple[i].into, &end) == 1 && end > 0 && text[end] == '\0') {
			return true;
		}
	}
	return strncmp(text, "host ", 5) == 0 ? take_host(text)
		: strncmp(text, "health ", 7) == 0 ? take_health(text)
		: strncmp(text, "upstream ", 9) == 0 ? take_upstream(text)
		: strncmp(text, "server ", 7) == 0 && take_server(text);
}

static bool are_sound(void) {
	s->traefik = strcmp(engine, "traefik") == 0;
	s->instances = s->port == 0 ? 0 : strcmp(instances, "auto") == 0 ? cpu_count() : atoi(instances);
	return (s->traefik || strcmp(engine, "nginx") == 0) && within(s->port, 0, 65536 - s->instances)
		&& within(s->instances, s->port == 0 ? 0 : 1, MOST_INSTANCES) && (s->instances < 2 || s->port_variable[0] != '\0')
		&& (s->port_variable[0] == '\0' || is_made_of(s->port_variable, WORD "_")) && is_path(life.pools[0].path)
		&& s->proxy_health[0] == '/' && is_path(s->proxy_health) && within(s->health_port, 0, 65535)
		&& within(s->metrics_port, 0, 65535) && within(s->drain_seconds, 0, 86400) && within(s->stop_seconds, 1, 86400);
}

bool read_settings(void) {
	char text[600];
	int line = 0;
	bool fine = true;
	life.pools[0] = (struct pool){.name = "application", .interval = 2, .timeout = 2, .failures = 1, .passes = 1};
	life.pool_count = 1;
	FILE *file = fopen(SETTINGS_FILE, "re");
	if (file == NULL) {
		say("error", "The supervisor's settings cannot be read; build the image again with the frontend",
			"file", SETTINGS_FILE, "cause", strerror(errno), NULL);
		return false;
	}
	while (fine && fgets(text, sizeof text, file) != NULL) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		fine = text[0] == '#' || text[0] == '\0' || take(text);
	}
	fclose(file);
	if (!fine) {
		say("error", "The supervisor's settings have a line that it does not understand",
			"file", SETTINGS_FILE, "line", number(line), NULL);
	} else if (!are_sound()) {
		fine = false;
		say("error", "The supervisor's settings are incomplete or contradict each other; build the image again with the frontend",
			"file", SETTINGS_FILE, NULL);
	}
	for (int i = 0; fine && i < s->instances; i++) {
		life.pools[0].endpoints[life.pools[0].endpoint_count++] = (struct endpoint){.host = "127.0.0.1", .port = s->port + i};
	}
	return fine;
}
