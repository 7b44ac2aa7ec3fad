# Stands in for nginx:1.26-trixie: Debian's nginx with the official image's user, layout, logs and command.
FROM debian:trixie-slim
ENV NGINX_VERSION=1.26
RUN groupadd --system --gid 101 nginx \
 && useradd --system --gid nginx --no-create-home --home /nonexistent --comment "nginx user" --shell /bin/false --uid 101 nginx \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl gettext-base nginx tzdata \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-* /etc/nginx/modules-* /etc/nginx/snippets /var/www \
 && mkdir -p /etc/nginx/conf.d /usr/share/nginx/html /docker-entrypoint.d /var/cache/nginx \
 && ln -sf /dev/stdout /var/log/nginx/access.log \
 && ln -sf /dev/stderr /var/log/nginx/error.log
COPY <<'CONF' /etc/nginx/nginx.conf
user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;
events {
    worker_connections  1024;
}
http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log  /var/log/nginx/access.log;
    sendfile        on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
CONF
COPY <<'CONF' /etc/nginx/conf.d/default.conf
server {
    listen       80;
    server_name  localhost;
    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
CONF
COPY <<'PAGE' /usr/share/nginx/html/index.html
<!DOCTYPE html><title>nginx</title><h1>It answers.</h1>
PAGE
COPY --chmod=755 <<'SCRIPT' /docker-entrypoint.sh
#!/bin/sh
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
	for file in /docker-entrypoint.d/*.sh; do
		if [ -x "$file" ]; then "$file"; fi
	done
fi
exec "$@"
SCRIPT
RUN nginx -t
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
