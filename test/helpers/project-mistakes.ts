import {HASH} from './project-cases.ts';

/** A file of one route. */
export const route = (...lines: readonly string[]): string => `routes:\n  - ${lines.join('\n    ')}\n`;
export const basic = `access: {basic: {users: {ann: "${HASH}"}}}`;

/** What is wrong with a file about the proxy, where, and what is said. */
export const mistakes: Readonly<Record<string, readonly [text: string, place: string, words: RegExp]>> = {
	'a route without a path': [route('match: exact'), '2:5', /routes\.0\.path is a path such as \/api/],
	'a regular expression': [
		route('path: "~ ^/api/.*$"'),
		'2:11',
		/is a path and no pattern: regular expressions .* nowhere/,
	],
	'an expression that explodes': [
		route('path: /(a+)+b'),
		'2:11',
		/no pattern: regular expressions and wildcards/,
	],
	'a wildcard': [route('path: /api/*'), '2:11', /a prefix already stands for everything below it/],
	'a query': [route('path: /a?b=c'), '2:11', /without query and fragment/],
	'a path with %XX': [route('path: /%61dmin'), '2:11', /compared after decoding/],
	'a path parameter': [route('path: /admin;x'), '2:11', /where a path ends for the routes/],
	'a path outside ASCII': [route('path: /münchen'), '2:11', /letters, digits and/],
	'a path with slashes side by side': [
		route('path: //admin'),
		'2:11',
		/can never be asked for: slashes are merged/,
	],
	'a path upwards': [route('path: /a/../b'), '2:11', /dots resolved before a route is chosen/],
	'a prefix with a slash at its end': [
		route('path: /admin/'),
		'2:11',
		/write \/admin, which is that path and all below/,
	],
	"the proxy's own paths": [
		route('path: /.Sallyport/health'),
		'2:11',
		/keeps everything below \/\.sallyport for itself/,
	],
	'a route twice': [
		route('path: /a', '- path: /a').replace('    - ', '  - '),
		'3:5',
		/routes\.1 says \/a again \(line 2\)/,
	],
	'a route twice in other letters': [
		'routes: [{path: /admin}, {path: /Admin}]\n',
		'1:26',
		/says \/Admin which is \/admin again: upper and lower case are the same/,
	],
	'a route below a page': [
		'pages: {robots: "User-agent: *"}\nroutes: [{path: /robots.txt, match: exact}]\n',
		'2:10',
		/can never be reached: \/robots\.txt is answered by pages\.robots/,
	],
	'an upstream that there is not': [
		route('path: /a', 'to: {upstream: billing}'),
		'3:20',
		/names the upstream billing, and there are none/,
	],
	'another upstream than there is': [
		'upstreams: {auth: {servers: ["a.example:80"]}}\nroutes: [{path: /a, to: {upstream: bill}}]\n',
		'2:36',
		/names the upstream bill, and there are auth/,
	],
	'an upstream that nobody reaches': [
		'upstreams: {auth: {servers: ["a.example:80"]}}\n',
		'1:13',
		/upstreams\.auth is reached by no route/,
	],
	'an upstream with the name of the application': [
		'upstreams: {application: {servers: ["a.example:80"]}}\n',
		'1:13',
		/"application" is the one in the image/,
	],
	'a server twice': [
		'upstreams: {a: {servers: ["b.example:80", "b.example:80"]}}\n',
		'1:43',
		/b\.example:80 once more/,
	],
	'a port of a server that there is not': [
		'upstreams: {a: {servers: ["b.example:70000"]}}\n',
		'1:27',
		/is a host with its port/,
	],
	'an address that is none': [
		'upstreams: {a: {servers: ["300.1.1.1:80"]}}\n',
		'1:27',
		/is a host with its port/,
	],
	'TLS to an address without a name': [
		'upstreams: {a: {servers: ["192.0.2.1:443"], tls: true}}\n',
		'1:50',
		/needs the name that the certificates must have/,
	],
	'bits behind a network': [
		route('path: /a', 'access: {allow: [10.0.0.1/8]}'),
		'3:22',
		/bits behind its \/8; the network is 10\.0\.0\.0\/8/,
	],
	'a network twice': [
		route('path: /a', 'access: {allow: [10.0.0.0/8, 10.0.0.0/8]}'),
		'3:34',
		/is 10\.0\.0\.0\/8 once more/,
	],
	'an address allowed that is denied': [
		route('path: /a', 'access: {allow: [10.1.0.0/16], deny: [10.0.0.0/8]}'),
		'3:22',
		/"deny" with 10\.0\.0\.0\/8 decides before it/,
	],
	'a list of nobody': [
		route('path: /a', 'access: {allow: []}'),
		'3:21',
		/names nobody, and would change nothing/,
	],
	'everyone on a list': [
		route('path: /a', 'access: {allow: ["::/0"]}'),
		'3:22',
		/lets everyone in, and looks as if it did not/,
	],
	'everyone trusted': [
		'proxy: {trustedProxies: [0.0.0.0/0]}\n',
		'1:26',
		/clients could choose the address they come from/,
	],
	'half of everyone trusted': ['proxy: {trustedProxies: [128.0.0.0/1]}\n', '1:26', /\/8 or smaller/],
	bcrypt: [
		route('path: /a', 'access: {basic: {users: {ann: $2y$10$abcdefghijklmnopqrstuv}}}'),
		'3:35',
		/bcrypt hash takes .* worker .* "openssl passwd -6"/,
	],
	MD5: [
		route('path: /a', 'access: {basic: {users: {ann: $apr1$abc$def}}}'),
		'3:35',
		/only sha512-crypt is read.*openssl passwd -6/,
	],
	'a password': [
		route('path: /a', 'access: {basic: {users: {ann: letmein}}}'),
		'3:35',
		/a user has a hash and never a password/,
	],
	'rounds without end': [
		route('path: /a', `access: {basic: {users: {ann: "${HASH.replace('$6$', '$6$rounds=999999$')}"}}}`),
		'3:35',
		/10000 rounds and more/,
	],
	'a password and a token': [
		route('path: /a', `access: {jwt: {issuer: a, audience: b}, basic: {users: {ann: "${HASH}"}}}`),
		'3:13',
		/a password and for a token/,
	],
	'one spelling protected': [
		route('path: /admin', 'match: exact', basic),
		'4:13',
		/lets \/admin\/ and \/admin;x pass; write "match: prefix"/,
	],
	'one path opened and closed': [
		`routes:\n  - {path: /admin, ${basic}}\n  - {path: /Admin, match: exact, access: open}\n`,
		'3:42',
		/opens \/Admin, and the prefix of the same path \(line 2\) closes it/,
	],
	"somebody's answers for everyone": [
		route('path: /a', basic, 'cache: true'),
		'4:12',
		/asks who comes \(basic\), so its answers are somebody's/,
	],
	"somebody's answers for everyone, further down": [
		`routes:\n  - {path: /a, ${basic}}\n  - {path: /a/b, cache: true}\n`,
		'3:25',
		/\/a\/b asks who comes \(basic\)/,
	],
	'files that are kept': [
		route('path: /a', 'to: {files: /srv/www}', 'cache: true'),
		'4:12',
		/only plain answers of the application or an upstream/,
	],
	'a stream that is kept': [
		route('path: /a', 'protocol: stream', 'cache: true'),
		'4:12',
		/only plain answers/,
	],
	'a question to itself': [
		route('path: /verify', 'access: {forward: {path: /Verify}}'),
		'3:23',
		/would be asked of \/verify itself/,
	],
	'gRPC to a folder': [
		route('path: /a', 'to: {files: /srv/www}', 'protocol: grpc'),
		'4:15',
		/this route goes to neither/,
	],
	'a fallback for the application': [
		route('path: /a', 'to: {refuse: 404, fallback: a.html}'),
		'3:9',
		/are for files/,
	],
	'two targets': [route('path: /a', 'to: {refuse: 404, files: /srv/www}'), '3:9', /and not several of them/],
	'a header on two lines': [
		'headers: {override: {X-A: "a\\r\\nSet-Cookie: b"}}\n',
		'1:27',
		/printable ASCII on one line/,
	],
	'a header that is no name': ['headers: {override: {"X A": b}}\n', '1:22', /"X A" is no name of a header/],
	'a header said in two ways': [
		'headers: {override: {X-A: b}, append: {x-a: c}}\n',
		'1:40',
		/X-A is already said under "override:"/,
	],
	'a header with a key of its own': [
		'headers: {override: {Strict-Transport-Security: max-age=0}}\n',
		'1:22',
		/write "hsts"/,
	],
	'a header that ends a message': [
		'headers: {override: {Content-Length: "0"}}\n',
		'1:22',
		/is the proxy's or the application's to say/,
	],
	'two policies on referrers': ['headers: {append: {Referrer-Policy: unsafe-url}}\n', '1:20', /is said once/],
	'a header that protects everybody taken away': [
		'headers: {remove: [x-content-type-options]}\n',
		'1:20',
		/may leave out Permissions-Policy, .* and no other/,
	],
	'a header said and taken away': [
		'headers: {override: {Permissions-Policy: "camera=()"}, remove: [permissions-policy]}\n',
		'1:65',
		/said in this file and taken away/,
	],
	'HSTS of nothing': ['headers: {hsts: 0}\n', '1:17', /headers\.hsts is a whole number from 86400/],
	'preloading for a day': [
		'headers: {hsts: {seconds: 86400, preload: true}}\n',
		'1:17',
		/browsers preload only what holds for a year/,
	],
	'a security.txt without a date': [
		'pages: {securityTxt: "Contact: mailto:a@example.com"}\n',
		'1:22',
		/exactly one line "Expires:/,
	],
	'a security.txt without anybody': [
		'pages: {securityTxt: "Expires: 2027-12-31T00:00:00Z"}\n',
		'1:22',
		/a line "Contact:/,
	],
	'an error that the proxy never makes': [
		'pages: {errors: {418: /srv/teapot.html}}\n',
		'1:18',
		/answers with no "418" of its own/,
	],
	'routes for nobody': [
		'proxy: none\nroutes: [{path: /a}]\n',
		'1:8',
		/routes are given that nobody would follow/,
	],
	'257 routes': [
		`routes: [${Array.from({length: 257}, (_, index) => `{path: /r${index}}`).join(', ')}]\n`,
		'1:9',
		/routes is a list of at most 256/,
	],
};
