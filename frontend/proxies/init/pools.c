/* Who is healthy, and what are the proxy and Prometheus told of it? */
#include "init.h"

/* While nothing depends on patience: until an application first answers, and for one that is alone. */
#define IMPATIENT_MS 250

static struct pool *const application = &life.pools[0];

bool application_healthy(void) {
	bool any = application->endpoint_count == 0;
	for (int i = 0; i < application->endpoint_count; i++) {
		any = any || (application->endpoints[i].passed && !application->endpoints[i].out);
	}
	return any;
}

/* An application that is alone gets its requests whatever its health page says: there is nobody else, and it may serve half of them. */
static bool in_rotation(const struct pool *pool, const struct endpoint *endpoint) {
	return !endpoint->out || (pool == application && pool->endpoint_count == 1);
}

static void ask_endpoint(const struct pool *pool, struct endpoint *endpoint) {
	endpoint->probe = errand(NULL);
	if (endpoint->probe == 0) {
		alarm((unsigned)pool->timeout + 1);
		int status = ask(endpoint->host, endpoint->port, pool->path, pool->timeout * 1000);
		/* A redirect counts: applications that insist on HTTPS or on a final slash answer their health check with one. */
		_exit(status == 0 ? 2 : status == 1 || (status >= 200 && status < 400) ? 0 : 1);
	}
}

static void endpoint_answered(struct pool *pool, struct endpoint *endpoint, int code) {
	bool passed = code == 0;
	bool first = passed && !endpoint->passed;
	bool alone = pool == application && pool->endpoint_count == 1;
	/* What has never answered is starting: until it listens it refuses connections, and the proxy takes another. */
	bool counts = passed == endpoint->out && (passed || endpoint->passed || pool != application);
	endpoint->streak = counts ? endpoint->streak + 1 : 0;
	endpoint->passed = endpoint->passed || passed;
	pool->failed += !passed;
	bool turns = endpoint->streak >= (passed ? pool->passes : pool->failures);
	if (turns) {
		endpoint->out = !passed;
		endpoint->streak = 0;
		life.rotation_changed = life.rotation_changed || !alone;
	}
	if (turns || first) {
		life.changed = true;
		say(passed ? "info" : "warning", pool != application ? passed ? "upstream server is healthy" : "upstream server is not healthy"
			: passed ? "application is healthy" : "application is not healthy", "upstream", pool->name,
			"server", endpoint->host, "port", number(endpoint->port), NULL);
	}
	bool impatient = pool == application && (!endpoint->passed || (alone && !passed));
	endpoint->due = now_ms() + (impatient ? IMPATIENT_MS : pool->interval * 1000L);
	if (turns && code > 1 && pool == application && !alone) {
		instance_hangs((int)(endpoint - pool->endpoints));
	}
}

/* Says one address a line. Name servers take their time, so this is a child as well. */
static void look_up(struct pool *pool) {
	pool->resolver = errand(&pool->told);
	if (pool->resolver != 0) {
		return;
	}
	int code = 0;
	alarm(10);
	for (int i = 0; i < pool->server_count; i++) {
		struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
		int cause = getaddrinfo(pool->servers[i].host, number(pool->servers[i].port), &wanted, &found);
		if (cause != 0 && !pool->unknown) {
			say("error", "The name of an upstream server is not known here, and it gets no requests until it is; correct it in .sallyport.yaml",
				"upstream", pool->name, "line", number(pool->line), "host", pool->servers[i].host, "cause", gai_strerror(cause), NULL);
		}
		code = cause != 0 ? 1 : code;
		for (struct addrinfo *one = found; cause == 0 && one != NULL; one = one->ai_next) {
			char host[INET6_ADDRSTRLEN];
			if (getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0) {
				dprintf(pool->told, "%s %d\n", host, pool->servers[i].port);
			}
		}
	}
	_exit(code);
}

static struct endpoint *find(struct endpoint *among, int count, const char *host, int port) {
	for (int i = 0; i < count; i++) {
		if (strcmp(among[i].host, host) == 0 && among[i].port == port) {
			return &among[i];
		}
	}
	return NULL;
}

/* Those that were known keep their health. While not every name is known, the last complete answer holds. */
static void looked_up(struct pool *pool, int code) {
	struct endpoint fresh[MOST_ENDPOINTS];
	char text[4096], *rest = text, *line;
	int count = 0;
	bool news = false;
	read_whole(pool->told, text, sizeof text);
	while ((line = strsep(&rest, "\n")) != NULL && count < MOST_ENDPOINTS) {
		struct endpoint found = {.port = 0};
		if (sscanf(line, "%45s %5d", found.host, &found.port) == 2 && find(fresh, count, found.host, found.port) == NULL) {
			const struct endpoint *known = find(pool->endpoints, pool->endpoint_count, found.host, found.port);
			news = news || known == NULL;
			fresh[count++] = known == NULL ? found : *known;
		}
	}
	if ((code == 0 || pool->endpoint_count == 0) && (news || count != pool->endpoint_count)) {
		memcpy(pool->endpoints, fresh, sizeof fresh);
		pool->endpoint_count = count;
		life.changed = life.rotation_changed = true;
	}
	pool->looked_up = true;
	pool->unknown = code != 0;
	pool->due = now_ms() + pool->interval * 1000L;
}

bool pools_known(void) {
	for (int i = 1; i < life.pool_count; i++) {
		if (!life.pools[i].looked_up) {
			return false;
		}
	}
	return true;
}

bool pool_child_ended(pid_t pid, int status) {
	for (struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++) {
		if (pid == pool->resolver) {
			pool->resolver = 0;
			looked_up(pool, code_of(status));
			return true;
		}
		for (struct endpoint *endpoint = pool->endpoints; endpoint < pool->endpoints + pool->endpoint_count; endpoint++) {
			if (pid == endpoint->probe) {
				endpoint->probe = 0;
				endpoint_answered(pool, endpoint, code_of(status));
				return true;
			}
		}
	}
	return false;
}

void look_after_pools(void) {
	for (struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++) {
		if (pool != application && pool->resolver <= 0 && due(pool->due)) {
			look_up(pool);
		}
		for (struct endpoint *endpoint = pool->endpoints; endpoint < pool->endpoints + pool->endpoint_count; endpoint++) {
			if (endpoint->probe <= 0 && due(endpoint->due)) {
				ask_endpoint(pool, endpoint);
			}
		}
	}
}

/* Whoever reads the file meets the old one or the new one. */
static bool put_in_place(FILE *file, const char *from, const char *to) {
	return file != NULL && fclose(file) == 0 && rename(from, to) == 0;
}

static bool write_pool(const struct pool *pool) {
	char path[128];
	bool any = false;
	snprintf(path, sizeof path, PROXY_DIR "/upstreams/%s.conf", pool->name);
	FILE *file = fopen(PROXY_DIR "/upstreams/new", "we");
	for (const struct endpoint *one = pool->endpoints; file != NULL && one < pool->endpoints + pool->endpoint_count; one++) {
		bool is_six = strchr(one->host, ':') != NULL;
		fprintf(file, "server %s%s%s:%d max_fails=2 fail_timeout=%ds%s;\n", is_six ? "[" : "", one->host, is_six ? "]" : "",
			one->port, pool == application ? 1 : 5, in_rotation(pool, one) ? "" : " down");
		any = true;
	}
	/* nginx wants at least one, and answers 503 where all are down. */
	if (file != NULL && !any) {
		fputs("server 127.0.0.1:1 down;\n", file);
	}
	return put_in_place(file, PROXY_DIR "/upstreams/new", path);
}

static void family(FILE *file, const char *name, const char *type, const char *help) {
	fprintf(file, "# HELP sallyport_%s %s\n# TYPE sallyport_%s %s\n", name, help, name, type);
}

static bool write_metrics(void) {
	FILE *file = fopen(PROXY_DIR "/supervisor.new", "we");
	int states[3] = {0, 0, 0}, restarts = 0;
	if (file == NULL) {
		return false;
	}
	for (int i = 0; i < life.settings.instances; i++) {
		const struct endpoint *endpoint = &application->endpoints[i];
		restarts += life.instances[i].restarts;
		states[life.instances[i].pid <= 0 || (endpoint->passed && endpoint->out) ? 2 : endpoint->passed ? 0 : 1]++;
	}
	family(file, "instances", "gauge", "Instances of the application by state.");
	for (int i = 0; i < 3; i++) {
		fprintf(file, "sallyport_instances{state=\"%s\"} %d\n", (const char *[]){"ready", "starting", "failed"}[i], states[i]);
	}
	family(file, "instance_restarts_total", "counter", "Starts of an instance after its first.");
	fprintf(file, "sallyport_instance_restarts_total %d\n", restarts);
	family(file, "upstream_server_up", "gauge", "Whether a server gets requests.");
	for (const struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++) {
		for (const struct endpoint *one = pool->endpoints; one < pool->endpoints + pool->endpoint_count; one++) {
			fprintf(file, "sallyport_upstream_server_up{upstream=\"%s\",server=\"%s:%d\"} %d\n", pool->name, one->host, one->port, !one->out);
		}
	}
	family(file, "health_checks_failed_total", "counter", "Health checks that were not answered, or not well.");
	for (const struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++) {
		fprintf(file, "sallyport_health_checks_failed_total{upstream=\"%s\"} %d\n", pool->name, pool->failed);
	}
	family(file, "certificate_expiry_timestamp_seconds", "gauge", "When the first certificate of those in use ends.");
	fprintf(file, "sallyport_certificate_expiry_timestamp_seconds %ld\n", life.certificate_ends);
	family(file, "proxy_reloads_total", "counter", "Times the proxy was told to read its files again.");
	fprintf(file, "sallyport_proxy_reloads_total %d\n", life.reloads);
	family(file, "start_time_seconds", "gauge", "When the container started.");
	fprintf(file, "sallyport_start_time_seconds %ld\n", life.started);
	return put_in_place(file, PROXY_DIR "/supervisor.new", PROXY_DIR "/supervisor.prom");
}

bool publish(void) {
	bool fine = true;
	for (int i = 0; i < life.pool_count; i++) {
		fine = (life.pools[i].endpoint_count == 0 && i == 0) || (write_pool(&life.pools[i]) && fine);
	}
	int fd = application_healthy() ? open(HEALTHY_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) : unlink(HEALTHY_FILE);
	if (fd > 0) {
		close(fd);
	}
	return write_metrics() && fine;
}
