// Configurations of the others: each as its documentation or its distribution has it, with nothing added to slow it down.

/** Where each listens. All are in one network namespace, and the application is at 3000. */
export const PORTS = {
	ours: {plain: 8081, tls: 8443},
	sample: {plain: 9001, tls: 9441},
	haproxy: {plain: 9002, tls: 9442},
	caddy: {plain: 9003, tls: 9443},
	minimal: {plain: 9004, tls: 9444},
	application: {plain: 3000},
} as const;

export type Peer = 'sample' | 'haproxy' | 'caddy' | 'minimal';

const SSL = ['ssl_certificate /tls/tls.crt;', 'ssl_certificate_key /tls/tls.key;'];

/**
 * What most pages on the subject show: Debian's nginx.conf around `proxy_pass http://127.0.0.1:3000`, so HTTP/1.0, a connection
 * for each request, and the log as the official image has it, on its standard output and unbuffered.
 */
const sample = nginxAround([
	'access_log /dev/stdout;',
	'server {',
	`listen ${PORTS.sample.plain};`,
	`listen ${PORTS.sample.tls} ssl;`,
	...SSL,
	'location / {',
	'proxy_pass http://127.0.0.1:3000;',
	'proxy_set_header Host $host;',
	'proxy_set_header X-Real-IP $remote_addr;',
	'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
	'proxy_set_header X-Forwarded-Proto $scheme;',
	'}',
	'}',
]);

/** The least that is a TLS proxy with kept connections: no log, no limit, no header, no map. */
const minimal = nginxAround([
	'access_log off;',
	'upstream application { server 127.0.0.1:3000; keepalive 32; }',
	'server {',
	`listen ${PORTS.minimal.plain};`,
	`listen ${PORTS.minimal.tls} ssl;`,
	'http2 on;',
	...SSL,
	'location / {',
	'proxy_pass http://application;',
	'proxy_http_version 1.1;',
	'proxy_set_header Connection "";',
	'}',
	'}',
]);

/** Debian's haproxy.cfg with a frontend and a backend; the log goes to standard output, for a container has no syslog. */
const haproxy = `global
	log stdout format raw local0
	maxconn 4096

defaults
	log global
	mode http
	option httplog
	option dontlognull
	option forwardfor
	timeout connect 5s
	timeout client 50s
	timeout server 50s

frontend all
	bind :${PORTS.haproxy.plain}
	bind :${PORTS.haproxy.tls} ssl crt /tls/both.pem alpn h2,http/1.1
	default_backend application

backend application
	server one 127.0.0.1:3000
`;

/** The two lines of its own tutorial, twice, with the certificate given. It logs no requests unless told. */
const caddy = `{
	admin off
	auto_https off
}

http://:${PORTS.caddy.plain} {
	reverse_proxy 127.0.0.1:3000
}

https://:${PORTS.caddy.tls} {
	tls /tls/tls.crt /tls/tls.key
	reverse_proxy 127.0.0.1:3000
}
`;

export const configurations: Readonly<Record<Peer, {readonly file: string; readonly text: string}>> = {
	sample: {file: 'sample.conf', text: sample},
	minimal: {file: 'minimal.conf', text: minimal},
	haproxy: {file: 'haproxy.cfg', text: haproxy},
	caddy: {file: 'Caddyfile', text: caddy},
};

export const commands: Readonly<Record<Peer, readonly string[]>> = {
	sample: ['nginx', '-c', '/peers/sample.conf', '-g', 'daemon off;'],
	minimal: ['nginx', '-c', '/peers/minimal.conf', '-g', 'daemon off;'],
	haproxy: ['haproxy', '-W', '-f', '/peers/haproxy.cfg'],
	caddy: ['caddy', 'run', '--config', '/peers/Caddyfile', '--adapter', 'caddyfile'],
};

/** As Debian ships it, but for the log, which is the peer's own matter. */
function nginxAround(lines: readonly string[]): string {
	return [
		'user www-data;',
		'worker_processes auto;',
		'pid /run/nginx.pid;',
		'events { worker_connections 768; }',
		'http {',
		'sendfile on;',
		'tcp_nopush on;',
		'types_hash_max_size 2048;',
		'default_type application/octet-stream;',
		'ssl_protocols TLSv1.2 TLSv1.3;',
		'ssl_prefer_server_ciphers on;',
		...lines,
		'}',
		'',
	].join('\n');
}
