# Stands in for php:8.4-fpm-trixie: Debian's PHP under the official names, with the compilers that the official image keeps.
FROM debian:trixie-slim
ENV PHPIZE_DEPS="autoconf dpkg-dev file g++ gcc libc-dev make pkg-config re2c" PHP_INI_DIR=/usr/local/etc/php PHP_VERSION=8.4
RUN apt-get update \
 && apt-get install -y --no-install-recommends $PHPIZE_DEPS ca-certificates curl xz-utils \
	php8.4-cli php8.4-curl php8.4-fpm php8.4-mbstring php8.4-readline php8.4-sqlite3 php8.4-xml \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /usr/local/etc/php-fpm.d "$PHP_INI_DIR/conf.d" /var/www/html \
 && chown www-data:www-data /var/www/html && chmod 1777 /var/www/html \
 && ln -s /usr/bin/php8.4 /usr/local/bin/php \
 && ln -s /usr/sbin/php-fpm8.4 /usr/local/sbin/php-fpm \
 && ln -sf /usr/local/etc/php-fpm.conf /etc/php/8.4/fpm/php-fpm.conf \
 && printf '[global]\nerror_log = /proc/self/fd/2\nlog_limit = 8192\ndaemonize = no\ninclude=/usr/local/etc/php-fpm.d/*.conf\n' \
	>/usr/local/etc/php-fpm.conf \
 && printf '[www]\nuser = www-data\ngroup = www-data\nlisten = 9000\npm = dynamic\npm.max_children = 5\npm.start_servers = 2\npm.min_spare_servers = 1\npm.max_spare_servers = 3\naccess.log = /proc/self/fd/2\nclear_env = no\ncatch_workers_output = yes\ndecorate_workers_output = no\n' \
	>/usr/local/etc/php-fpm.d/www.conf \
 && printf '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then set -- php-fpm "$@"; fi\nexec "$@"\n' \
	>/usr/local/bin/docker-php-entrypoint \
 && chmod 755 /usr/local/bin/docker-php-entrypoint \
 && php --version && php-fpm -t
ENTRYPOINT ["docker-php-entrypoint"]
WORKDIR /var/www/html
STOPSIGNAL SIGQUIT
EXPOSE 9000
CMD ["php-fpm"]
