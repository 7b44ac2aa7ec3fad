/* How many workers does the container's share of the machine carry? */
#include "init.h"

#include <sched.h>
#include <stdio.h>

/* More than this never paid off in front of one application, and every worker costs memory. */
#define MOST_WORKERS 8

static bool read_pair(const char *path, double *first, double *second) {
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		return false;
	}
	/* cgroup v2 writes "max" for no limit, which doesn't scan, and v1 writes -1. */
	int got = second == NULL ? fscanf(file, "%lf", first) : fscanf(file, "%lf %lf", first, second);
	fclose(file);
	return got == (second == NULL ? 1 : 2);
}

static double quota(void) {
	double share;
	double period;
	if (read_pair("/sys/fs/cgroup/cpu.max", &share, &period)
		|| (read_pair("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &share, NULL)
			&& read_pair("/sys/fs/cgroup/cpu/cpu.cfs_period_us", &period, NULL))) {
		return share > 0 && period > 0 ? share / period : 0;
	}
	return 0;
}

int worker_count(void) {
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	double limit = quota();
	if (limit > 0 && limit < count) {
		count = (int)limit + (limit > (int)limit ? 1 : 0);
	}
	count = count < 1 ? 1 : count;
	return count > MOST_WORKERS ? MOST_WORKERS : count;
}
