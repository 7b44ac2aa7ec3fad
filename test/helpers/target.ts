import type {ExecutionContext} from 'ava';
import {type Contract, sealContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {ensureImages} from '../engine/images.ts';
import {type Docker, folderOf} from './docker.ts';

/** A hand-made image that keeps, or breaks, a contract: nginx from Debian in front of itself. */
export interface TargetImage {
	readonly tag: string;
	readonly contract: Contract;
}

const http = `
log_format sallyport escape=json '{"ts":"$time_iso8601","request_id":"$request_id","client":"$remote_addr",'
	'"method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$bytes_sent,'
	'"duration":$request_time,"upstream_status":"$upstream_status","tls_version":"$ssl_protocol"}';
access_log /dev/stdout sallyport;
server { listen 127.0.0.1:3000; access_log off; location / { return 200 "hello\\n"; } }
server { listen 8080 default_server; location / { return 308 https://$host$request_uri; } }
server {
	listen 8443 ssl default_server;
	ssl_certificate /run/sallyport/tls/tls.crt;
	ssl_certificate_key /run/sallyport/tls/tls.key;
	ssl_protocols TLSv1.2 TLSv1.3;
	client_max_body_size 1m;
	add_header X-Request-ID $request_id always;
	add_header X-Content-Type-Options nosniff always;
	location = /healthz { return 200 "ok\\n"; }
	location / { proxy_pass http://127.0.0.1:3000; }
}`;

const config = `
daemon off;
pid /run/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
${http}
}
`;

const dockerfile = `
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends nginx openssl && rm -rf /var/lib/apt/lists/* \\
	&& mkdir -p -m 1777 /run/sallyport/tls && chmod 1777 /run
COPY . /
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-interval=1s --start-period=10s CMD ["nginx", "-v"]
CMD ["sh", "-c", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=localhost -keyout /run/sallyport/tls/tls.key -out /run/sallyport/tls/tls.crt 2>/dev/null && exec nginx -c /opt/sallyport/conf/nginx.conf"]
`;

const base: Contract = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('dockerfile')},
	application: {port: 3000},
	proxy: {
		engine: 'nginx',
		image: 'sallyport/proxy-nginx:1',
		configPath: '/opt/sallyport/conf/nginx.conf',
		configDigest: digestOf(config),
		listeners: [
			{port: 8443, protocol: 'https'},
			{port: 8080, protocol: 'redirect'},
		],
		hosts: [],
		tls: {minVersion: 'TLSv1.2'},
		headers: [{name: 'X-Request-ID'}, {name: 'X-Content-Type-Options', value: 'nosniff'}],
		healthPath: '/healthz',
		cache: 'off',
		limits: {bodyBytes: 1024 * 1024, requestsPerSecond: 100, burst: 200, connections: 100},
	},
	checks: {},
};

/** Builds the image with its contract. The first build installs nginx; the next ones are quick. */
export async function buildTarget(
	docker: Docker,
	tag: string,
	{contract = base, label}: {contract?: Contract; label?: string} = {},
): Promise<TargetImage> {
	await ensureImages(docker.engine, ['debian:trixie-slim']);
	const {bytes, digest} = sealContract(contract);
	const folder = await folderOf({
		'etc/sallyport/contract.json': bytes,
		'opt/sallyport/conf/nginx.conf': config,
	});
	const labelled = `dev.sallyport.contract=${label ?? digest}`;
	const {code, stderr} = await docker(['build', '-q', '-t', tag, '--label', labelled, '-f', '-', folder], {
		input: dockerfile,
	});
	if (code !== 0) {
		throw new Error(`The image ${tag} could not be built:\n${stderr}`);
	}

	return {tag, contract};
}

/** How a careful operator starts it. */
export const careful: readonly string[] = [
	'--cap-drop=ALL',
	'--security-opt=no-new-privileges:true',
	'--memory=128m',
	'--pids-limit=64',
];

/** Starts a container and gives its id. Callers remove it. */
export async function startTarget(
	docker: Docker,
	tag: string,
	options: readonly string[] = careful,
): Promise<string> {
	const {code, stdout, stderr} = await docker(['run', '-d', '--label', 'sallyport-test', ...options, tag]);
	if (code !== 0) {
		throw new Error(`The container of ${tag} did not start:\n${stderr}`);
	}

	return stdout.trim();
}

/** Runs whatever the words say and gives its id; it goes with the test. */
export async function start(
	t: ExecutionContext,
	docker: Docker,
	...words: readonly string[]
): Promise<string> {
	const {code, stdout, stderr} = await docker(['run', '-d', '--label', 'sallyport-test', ...words]);
	const id = stdout.trim();
	t.is(code, 0, stderr);
	t.teardown(() => docker(['rm', '-f', id]));
	return id;
}
