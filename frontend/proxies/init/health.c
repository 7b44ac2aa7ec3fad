/* Does the proxy answer, and does it say that the application is healthy? */
#include "init.h"

#include <stdio.h>

int health(void) {
	static struct settings settings;
	if (!read_settings(&settings)) {
		return 1;
	}
	int status = ask_status(HEALTH_SOCKET, 0, settings.proxy_health, 2500);
	if (status == 200) {
		puts("healthy");
		return 0;
	}
	puts(status == 0 ? "the proxy does not answer" : "the application is not healthy");
	return 1;
}
