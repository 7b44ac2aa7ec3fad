// Project files about the proxy, for readers and for the schema: what both take, and what both refuse.

export const HASH = `$6$saltsalt$${'a'.repeat(86)}`;

/** A text that says everything that can be said of the proxy. */
export const whole = `facts: {port: 3000, health: /healthz, hosts: [api.example.com]}
proxy:
  engine: nginx
  instances: {count: auto, variable: PORT}
  health: {interval: 3, timeout: 1, failures: 4, passes: 2}
  trustedProxies: [10.0.0.0/8, "2001:db8::/32"]
  tls: {profile: modern, http3: true}
  timeouts: {client: 10, connect: 2, upstream: 300, drain: 5}
  logs: {addresses: truncated}
  cache: {size: 64m}
limits: {body: 1m, rate: 20, burst: 40, connections: 10}
listeners: {https: 9443, redirect: 9080, metrics: 9100}
headers:
  csp: {value: "default-src 'self'", reportOnly: true}
  hsts: {seconds: 31536000, subdomains: true, preload: true}
  override: {X-Robots-Tag: noindex}
  if-absent: {Cache-Control: no-store}
  append: {Link: "</a.css>; rel=preload"}
  remove: [Permissions-Policy]
routes:
  - path: /static
    to: {files: /srv/www, fallback: index.html, maxAge: 3600}
  - path: /billing
    to: {upstream: billing}
    protocol: grpc
    limits: {body: 4m, rate: 5, burst: 5}
  - path: /admin
    access:
      allow: [10.0.0.0/8]
      deny: [10.9.0.0/16]
      basic: {realm: Staff, users: {ann: "${HASH}"}}
      certificate: required
  - path: /api
    access: {jwt: {issuer: "https://login.example.com/", audience: api, keys: /etc/sallyport/keys.json, leeway: 5}}
  - path: /app
    access: {forward: {path: /verify, upstream: auth, headers: [X-User]}}
  - path: /app/login
    match: exact
    access: open
  - path: /news
    cache: {ignoreCookies: [_ga]}
    headers: {csp: "default-src 'none'", override: {X-Frame-Options: DENY}}
  - path: /events
    protocol: stream
  - path: /old
    to: {refuse: 410}
upstreams:
  billing: {servers: ["billing.internal:8443", "[2001:db8::1]:8443"], tls: billing.internal, health: {path: /up, interval: 10}}
  auth: {servers: ["auth.internal:443"], tls: true, health: /ping}
pages:
  robots: "User-agent: *"
  securityTxt: |
    Contact: mailto:security@example.com
    Expires: 2027-12-31T00:00:00Z
  errors: {404: /srv/errors/404.html}
  maintenance: /run/maintenance/page.html
`;

/** What is changed in the document above, by kind: the path of a value, and another value. */
export const changes: {
	readonly good: readonly (readonly [path: string, value: unknown])[];
	readonly bad: readonly (readonly [path: string, value: unknown])[];
} = {
	good: [
		['proxy', 'nginx'],
		['proxy', 'traefik'],
		['proxy', {}],
		['proxy.instances', 'auto'],
		['proxy.instances', 4],
		['proxy.cache.size', '1m'],
		['proxy.cache.size', 1_048_576],
		['proxy.cache.size', '1024k'],
		['proxy.cache.size', '1g'],
		['headers.csp', "default-src 'self'"],
		['headers.hsts', 86_400],
		['routes.0', {path: '/'}],
		['routes.0.to', 'application'],
		['routes.6.cache', true],
		['routes.6.cache', false],
		['upstreams.billing.health', '/up'],
		['pages.errors', {}],
	],
	bad: [
		['proxy', 'apache'],
		['proxy', ['nginx']],
		['proxy.engines', 'nginx'],
		['proxy.instances', 0],
		['proxy.instances', 33],
		['proxy.instances', 'all'],
		['proxy.instances.variable', 'port'],
		['proxy.instances.variable', 'LD_PRELOAD'],
		['proxy.health.interval', 0],
		['proxy.trustedProxies', ['everyone']],
		['proxy.trustedProxies', '10.0.0.0/8'],
		['proxy.tls.profile', 'old'],
		['proxy.tls.http3', 'yes'],
		['proxy.timeouts.client', 301],
		['proxy.timeouts.upstream', 0],
		['proxy.logs.addresses', 'none'],
		['proxy.cache.size', '512k'],
		['proxy.cache.size', 1_048_575],
		['proxy.cache.size', '1023k'],
		['proxy.cache.size', '2g'],
		['listeners.metrics', 0],
		['headers.csp', ''],
		['headers.csp.reportOnly', 1],
		['headers.csp.value', undefined],
		['headers.hsts', 0],
		['headers.hsts.seconds', 3600],
		['headers.override.X-Robots-Tag', 'a\nb'],
		['headers.override.X-Robots-Tag', 'ä'],
		['headers.override.X-Robots-Tag', ''],
		['headers.override.X-Robots-Tag', ' a'],
		['headers.override', {'X Y': 'a'}],
		['headers.replace', {}],
		['routes', {}],
		['routes.0.path', undefined],
		['routes.0.path', 'static'],
		['routes.0.path', '/a b'],
		['routes.0.path', '/a*'],
		['routes.0.path', '~ ^/a'],
		['routes.0.path', '/a?b'],
		['routes.0.path', '/a%20b'],
		['routes.0.path', '/ä'],
		['routes.0.match', 'regex'],
		['routes.0.to', 'billing'],
		['routes.0.to', {}],
		['routes.0.to', {files: '/srv', refuse: 404}],
		['routes.0.to.files', '/etc/ssl'],
		['routes.0.to.files', '/run/secrets'],
		['routes.0.to.files', '/opt/sallyport/conf'],
		['routes.0.to.files', '/srv/../etc'],
		['routes.0.to.fallback', '../index.html'],
		['routes.0.to.fallback', '/index.html'],
		['routes.0.to.maxAge', -1],
		['routes.8.to.refuse', 401],
		['routes.1.protocol', 'ftp'],
		['routes.1.limits.connections', 5],
		['routes.1.limits.rate', 0],
		['routes.2.access', 'closed'],
		['routes.2.access.allow', ['10.0.0.0/8', 5]],
		['routes.2.access.allow', []],
		['routes.2.access.deny', []],
		['routes.2.access.certificate', 'optional'],
		['routes.2.access.basic.users', {}],
		['routes.2.access.basic.users', undefined],
		['routes.2.access.basic.users.ann', 'secret'],
		['routes.2.access.basic.users.ann', HASH.replace('$6$', '$6$rounds=50000$')],
		['routes.2.access.basic.users', {'a:b': HASH}],
		['routes.2.access.basic.realm', 'a"b'],
		['routes.3.access.jwt.issuer', undefined],
		['routes.3.access.jwt.issuer', "a'b"],
		['routes.3.access.jwt.keys', '/etc/passwd'],
		['routes.3.access.jwt.keys', '/etc/sallyport/../passwd'],
		['routes.3.access.jwt.leeway', 3600],
		['routes.4.access.forward.path', 'verify'],
		['routes.4.access.forward.upstream', 'Auth'],
		['routes.4.access.forward.headers', ['X User']],
		['routes.6.cache', 'yes'],
		['routes.6.cache.ignoreCookies', ['a b']],
		['routes.6.headers.hsts', 86_400],
		['routes.6.regex', '.*'],
		['upstreams.Billing', {servers: ['a.example:80']}],
		['upstreams.application', {servers: ['a.example:80']}],
		['upstreams.billing.servers', []],
		['upstreams.billing.servers', undefined],
		['upstreams.billing.servers', ['billing.internal']],
		['upstreams.billing.servers', ['http://billing.internal:80']],
		['upstreams.billing.servers', ['BILLING:80']],
		['upstreams.billing.tls', 'not a name'],
		['upstreams.billing.health', 'up'],
		['upstreams.billing.health.interval', 301],
		['pages.robots', 'ä'],
		['pages.securityTxt', 5],
		['pages.errors', {200: '/srv/ok.html'}],
		['pages.errors', {404: '404.html'}],
		['pages.maintenance', '/run/../x'],
	],
};
