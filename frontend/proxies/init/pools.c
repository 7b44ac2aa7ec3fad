/* Who is healthy, and what are the proxy and Prometheus told of it? */
#include "init.h"

#define EACH_POOL(pool) (struct pool *pool = life.pools; pool < life.pools + life.pool_count; pool++)
#define EACH_ENDPOINT(one, pool) (struct endpoint *one = (pool)->endpoints; one < (pool)->endpoints + (pool)->endpoint_count; one++)

static struct pool *const application = &life.pools[0];

/* An application that is alone gets its requests whatever its health page says: nobody else is there, and half of it may work. */
static bool is_alone(const struct pool *pool) {
	return pool == application && pool->endpoint_count == 1;
}

/* Which may run beside this container: then it is the upstream of that name, and one that nobody has found yet is not healthy. */
bool application_healthy(void) {
	const struct pool *its = application;
	for EACH_POOL(pool) its = strcmp(pool->name, life.beside) == 0 ? pool : its;
	bool any = its == application && its->endpoint_count == 0;
	for (int i = 0; i < its->endpoint_count; i++) any = any || (its->endpoints[i].passed > 0 && !its->endpoints[i].out);
	return any;
}

static void ask_endpoint(const struct pool *pool, struct endpoint *one) {
	if (!is_sent(&one->probe, false)) return;
	alarm((unsigned)pool->timeout);
	int status = pool->server_name[0] != '\0' ? ask_tls(pool, one) : ask(one->host, one->port, pool->path, pool->timeout * 1000);
	/* A redirect counts: applications that insist on HTTPS or on a final slash answer their health check with one. */
	_exit(status == 0 ? 2 : status == 1 || (status >= 200 && status < 400) ? 0 : 1);
}

static void endpoint_answered(struct pool *pool, struct endpoint *one, int code) {
	bool passed = code == 0, first = passed && one->passed == 0, starting = pool == application && one->passed == 0;
	/* Who has never answered is starting: until it listens it refuses connections, and the proxy takes another. */
	one->streak = passed == one->out && (passed || !starting) ? one->streak + 1 : 0;
	bool turns = one->streak >= (passed ? pool->passes : pool->failures);
	one->out = one->out != turns;
	one->streak = turns ? 0 : one->streak;
	one->answered = one->answered || code < 2;
	one->passed = first ? now_ms() : one->passed;
	pool->failed += !passed;
	life.rotation_changed = life.rotation_changed || (turns && !is_alone(pool));
	life.changed = life.changed || turns || first;
	if (turns || first) say(passed ? "info" : "warning", passed ? "healthy" : "not healthy", "upstream", pool->name,
		"server", one->host, "port", number(one->port), NULL);
	/* While nothing is lost by asking: before the first answer, and where nobody else could be asked. */
	one->probe.due = now_ms() + (starting && one == application->endpoints && life.phase == WAITING ? 5
		: starting || (is_alone(pool) && !passed) ? 250 : pool->interval * 1000L);
	if (turns && code > 1 && pool == application) instance_hangs((int)(one - pool->endpoints));
}

/* Tells the addresses. Name servers take their time, so this is a child's. */
static void look_up(struct pool *pool) {
	int failed = 0;
	if (!is_sent(&pool->resolver, true)) return;
	alarm(10);
	for (int i = 0; i < pool->server_count; i++) {
		struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
		int cause = getaddrinfo(pool->servers[i].host, number(pool->servers[i].port), &wanted, &found);
		failed = cause != 0 ? cause : failed;
		if (cause != 0 && !pool->unknown)
			say("error", "The name of an upstream server is not known here, and it gets no requests until it is; is it right in .sallyport.yaml?",
				"upstream", pool->name, "line", number(pool->line), "host", pool->servers[i].host, "cause", gai_strerror(cause), NULL);
		for (char host[INET6_ADDRSTRLEN]; cause == 0 && found != NULL; found = found->ai_next)
			if (getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0)
				dprintf(pool->resolver.told, "%s %d\n", host, pool->servers[i].port);
	}
	_exit(failed != 0);
}

static struct endpoint *find(struct endpoint *among, int count, const struct endpoint *wanted) {
	for (int i = 0; i < count; i++)
		if (strcmp(among[i].host, wanted->host) == 0 && among[i].port == wanted->port) return &among[i];
	return NULL;
}

/* Those that were known keep their health. While not every name is known, the last complete answer holds. */
static void looked_up(struct pool *pool, int code) {
	struct endpoint fresh[MOST_ENDPOINTS];
	int count = 0, known = 0;
	for (char *rest = read_whole(pool->resolver.told), *text; (text = strsep(&rest, "\n")) != NULL && count < MOST_ENDPOINTS;) {
		struct endpoint one = {.port = 0}, *old;
		if (sscanf(text, "%45s %5d", one.host, &one.port) != 2 || find(fresh, count, &one) != NULL) continue;
		old = find(pool->endpoints, pool->endpoint_count, &one);
		known += old != NULL;
		fresh[count++] = old == NULL ? one : *old;
	}
	if ((code == 0 || pool->endpoint_count == 0) && (known < count || count != pool->endpoint_count)) {
		memcpy(pool->endpoints, fresh, sizeof fresh);
		pool->endpoint_count = count;
		life.changed = life.rotation_changed = true;
	}
	pool->looked_up = true;
	pool->unknown = code != 0;
	pool->resolver.due = now_ms() + pool->interval * 1000L;
}

bool pools_known(void) {
	bool known = true;
	for EACH_POOL(pool) known = known && (pool->looked_up || pool == application);
	return known;
}

void pool_child_ended(pid_t pid, int code) {
	for EACH_POOL(pool) {
		if (has_ended(&pool->resolver, pid)) looked_up(pool, code);
		for EACH_ENDPOINT(one, pool) if (has_ended(&one->probe, pid)) endpoint_answered(pool, one, code);
	}
}

void look_after_pools(void) {
	for EACH_POOL(pool) {
		if (pool != application && is_due(&pool->resolver)) look_up(pool);
		for EACH_ENDPOINT(one, pool) if (is_due(&one->probe)) ask_endpoint(pool, one);
	}
}

static bool write_pool(const struct pool *pool) {
	char path[128];
	snprintf(path, sizeof path, PROXY_DIR "/upstreams/%.64s.conf", pool->name);
	FILE *file = fopen(PROXY_DIR "/upstreams/new", "we");
	if (file == NULL) return false;
	/* nginx wants at least one, and passes over all that are down. */
	if (pool->endpoint_count == 0) fputs("server 127.0.0.1:1 down;\n", file);
	for (const struct endpoint *one = pool->endpoints; one < pool->endpoints + pool->endpoint_count; one++)
		fprintf(file, strchr(one->host, ':') == NULL ? "server %s:%d max_fails=2 fail_timeout=%ds%s;\n" : "server [%s]:%d max_fails=2"
			" fail_timeout=%ds%s;\n", one->host, one->port, pool == application ? 1 : 5, one->out && !is_alone(pool) ? " down" : "");
	return fclose(file) == 0 && rename(PROXY_DIR "/upstreams/new", path) == 0;
}

static bool write_metrics(void) {
	FILE *file = fopen(PROXY_DIR "/supervisor.new", "we");
	int states[3] = {0, 0, 0}, restarts = 0;
	if (file == NULL) return false;
	for (int i = 0; i < life.instance_count; i++) {
		const struct endpoint *one = &application->endpoints[i];
		restarts += life.instances[i].restarts;
		states[life.instances[i].pid <= 0 || one->out ? 2 : one->passed > 0 ? 0 : 1]++;
	}
#define FAMILY(name, type, help) "# HELP sallyport_" name " " help "\n# TYPE sallyport_" name " " type "\n"
#define SINGLE(name, type, help) FAMILY(name, type, help) "sallyport_" name " %ld\n"
	fprintf(file, FAMILY("instances", "gauge", "Instances of the application.") "sallyport_instances{state=\"ready\"} %d\n"
		"sallyport_instances{state=\"starting\"} %d\nsallyport_instances{state=\"failed\"} %d\n", states[0], states[1], states[2]);
	fprintf(file, SINGLE("instance_restarts_total", "counter", "Starts of an instance after its first.")
		SINGLE("certificate_expiry_timestamp_seconds", "gauge", "When the first certificate in use ends.")
		SINGLE("proxy_reloads_total", "counter", "Times the proxy was told to read its files again.")
		SINGLE("start_time_seconds", "gauge", "When the container started."),
		(long)restarts, life.certificate_ends, (long)life.reloads, life.started);
	fputs(FAMILY("upstream_server_up", "gauge", "Whether a server is well."), file);
	for EACH_POOL(pool) for EACH_ENDPOINT(one, pool)
		fprintf(file, "sallyport_upstream_server_up{upstream=\"%s\",server=\"%s:%d\"} %d\n", pool->name, one->host, one->port, !one->out);
	fputs(FAMILY("health_checks_failed_total", "counter", "Health checks without a good answer."), file);
	for EACH_POOL(pool) fprintf(file, "sallyport_health_checks_failed_total{upstream=\"%s\"} %d\n", pool->name, pool->failed);
	return fclose(file) == 0 && rename(PROXY_DIR "/supervisor.new", PROXY_DIR "/supervisor.prom") == 0;
}

bool publish(void) {
	bool fine = true;
	for EACH_POOL(pool) fine = write_pool(pool) && fine;
	/* Whoever waits for it sends requests at once, so it comes when the proxy has taken up the servers, and goes before. */
	bool later = life.phase == SERVING && (life.reload_wanted || life.reload_why != NULL), healthy = application_healthy();
	int fd = healthy && !later ? open(PROXY_DIR "/healthy", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;
	if (fd >= 0) close(fd);
	if (!healthy) unlink(PROXY_DIR "/healthy");
	return write_metrics() && fine;
}
