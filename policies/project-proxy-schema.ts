import {integer, list, matching, object, oneOf, type Schema} from './schema-parts.ts';

// What a project file says of the proxy. Whatever depends on more than one value (routes that contradict each other, upstreams that
// nobody names) only the reader knows.

export const PORT = integer(1, 65_535);
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
export const host = matching(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
export const path = '^/[\\x21-\\x7e]{0,255}$';
const FOLDER =
	'^(?!/(?:etc|bin|sbin|lib|lib32|lib64|dev|proc|sys|boot|root|usr/(?:bin|sbin|lib|lib64))(?:/|$))(?!/(?:usr|var|home|opt)$)(?:/\\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$';
export const folder = matching(FOLDER);
const served = matching(
	`^(?!/(?:run|var/run|opt/sallyport|tmp)(?:/|$))${FOLDER.slice(1)}`,
	'A folder of the image',
);
const file = matching('^(?:/\\.?[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){1,16}$', 'A file of the image');
const TOKEN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$";
const UPSTREAM = '^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$';
const truth: Schema = {type: 'boolean'};

export const size: Schema = {
	anyOf: [
		integer(1, 1024 ** 3),
		matching(
			'^(?:[1-9]\\d{0,8}|10[0-6]\\d{7}|[1-9]\\d{0,5}k|10[0-3]\\d{4}k|104[0-7]\\d{3}k|[1-9]\\d{0,2}m|10[01]\\dm|102[0-4]m|1g)$',
		),
	],
	description: 'A number of bytes, such as 512k or 10m, at most 1g',
};

function mapping(names: Schema, values: Schema, maxProperties: number): Schema {
	return {type: 'object', propertyNames: names, additionalProperties: values, maxProperties};
}

function either(...anyOf: readonly Schema[]): Schema {
	return {anyOf};
}

/** How often something is asked whether it is well. */
const check = {
	interval: integer(1, 300, 'Seconds between two questions'),
	timeout: integer(1, 60, 'Seconds until an answer counts as none'),
	failures: integer(1, 10, 'So many in a row and it gets no more requests'),
	passes: integer(1, 10, 'So many in a row and it gets them again'),
};
const network = matching(
	'^(?:\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d{1,2})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:/\\d{1,3})?)$',
	'Such as 192.0.2.0/24 or 2001:db8::/32',
);
const networks = list(network, 0, 256);
const names = ['nginx', 'traefik', 'none'];

export const proxy = either(
	oneOf(names),
	object({
		engine: oneOf(names),
		instances: either(
			{const: 'auto'},
			integer(1, 32),
			object({
				count: either({const: 'auto'}, integer(1, 32)),
				variable: matching(
					'^(?!PATH$|HOME$|LD_)[A-Z][A-Z0-9_]{0,63}$',
					'Tells an instance its port, such as PORT',
				),
			}),
		),
		health: object(check),
		trustedProxies: {...networks, description: 'Whose word on the address of a client is taken'},
		tls: object({
			profile: oneOf(['intermediate', 'modern'], 'TLS 1.2 and 1.3, or 1.3 alone'),
			http3: truth,
		}),
		timeouts: object({
			client: integer(1, 300, 'Seconds that a client may be silent'),
			connect: integer(1, 75, 'Seconds until a connection to the application stands'),
			upstream: integer(1, 3600, 'Seconds that the application may be silent'),
			drain: integer(0, 600, 'Seconds that running requests may go on after SIGTERM'),
		}),
		logs: object({addresses: oneOf(['full', 'truncated'])}),
		cache: object({
			size: either(
				integer(1024 ** 2, 1024 ** 3),
				matching(
					'^(?:104857[6-9]|10485[89]\\d|1048[6-9]\\d{2}|1049\\d{3}|10[5-9]\\d{4}|1[1-9]\\d{5}|[2-9]\\d{6}|[1-9]\\d{7,8}|10[0-6]\\d{7}|102[4-9]k|10[3-9]\\dk|1[1-9]\\d{2}k|[2-9]\\d{3}k|[1-9]\\d{4,5}k|10[0-3]\\d{4}k|104[0-7]\\d{3}k|[1-9]\\d{0,2}m|10[01]\\dm|102[0-4]m|1g)$',
				),
			),
		}),
	}),
);

const csp = matching('^[\\x20-\\x7e]{1,2048}$');
const policy = either(csp, object({value: csp, reportOnly: truth}, ['value']));
const settings = mapping(
	matching('^[A-Za-z](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$'),
	matching('^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,2046}[\\x21-\\x7e])?$'),
	32,
);
const modes = {
	override: {...settings, description: "Instead of the application's own"},
	'if-absent': {...settings, description: 'Where the application says none'},
	append: {...settings, description: "Beside the application's own"},
};

export const headers = object({
	csp: policy,
	hsts: either(
		integer(86_400, 63_072_000, 'max-age in seconds'),
		object({seconds: integer(86_400, 63_072_000), subdomains: truth, preload: truth}),
	),
	...modes,
	remove: {
		items: {type: 'string'},
		type: 'array',
		maxItems: 32,
		description: "Of the proxy's own, what is not wanted; the bundle has to allow it",
	},
});

const access = either(
	{const: 'open'},
	object({
		allow: {...networks, minItems: 1, description: 'Who may come; all others may not'},
		deny: {...networks, minItems: 1, description: 'Who may not come'},
		basic: object(
			{
				realm: matching('^[A-Za-z0-9 ._-]{1,64}$'),
				users: {
					...mapping(
						matching('^[A-Za-z0-9._@+-]{1,64}$'),
						matching('^\\$6\\$(?:rounds=[1-9]\\d{3}\\$)?[./0-9A-Za-z]{1,16}\\$[./0-9A-Za-z]{86}$'),
						100,
					),
					minProperties: 1,
					description: 'Names with hashes as "openssl passwd -6" makes them',
				},
			},
			['users'],
		),
		forward: object(
			{
				path: matching('^/[A-Za-z0-9._~@:+,=!/?&%-]{0,255}$'),
				upstream: matching(UPSTREAM),
				headers: list(matching(TOKEN), 0, 16),
			},
			['path'],
		),
		jwt: object(
			{
				issuer: matching('^[A-Za-z0-9._~:/@+,=-]{1,256}$'),
				audience: matching('^[A-Za-z0-9._~:/@+,=-]{1,256}$'),
				keys: matching('^/etc/sallyport/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$', 'A mounted set of keys'),
				leeway: integer(0, 300, 'Seconds'),
			},
			['issuer', 'audience'],
		),
		certificate: {const: 'required'},
	}),
);

export const routes: Schema = {
	...list(
		object(
			{
				path: matching('^/[A-Za-z0-9._~@:+,=!/-]{0,255}$', 'Decoded, and no pattern'),
				match: oneOf(['prefix', 'exact'], 'prefix, where nothing is said: the path and all below it'),
				to: either(
					{const: 'application'},
					object({upstream: matching(UPSTREAM)}, ['upstream']),
					object(
						{
							files: served,
							fallback: matching(
								'^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}(?:/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){0,7}$',
							),
							maxAge: integer(0, 31_536_000, 'Seconds that a browser may keep a file without asking'),
						},
						['files'],
					),
					object({refuse: {enum: [403, 404, 410]}}, ['refuse']),
				),
				protocol: oneOf(['http', 'stream', 'grpc']),
				access,
				limits: object({body: size, rate: integer(1, 10_000), burst: integer(1, 100_000)}),
				cache: either(truth, object({ignoreCookies: list(matching(TOKEN), 0, 32)})),
				headers: object({csp: policy, ...modes}),
			},
			['path'],
		),
		0,
		256,
	),
	description: 'What is answered where; the most specific decides, whatever its place',
};

export const upstreams = mapping(
	{allOf: [matching(UPSTREAM), {not: {const: 'application'}}]},
	object(
		{
			servers: list(
				matching('^(?:\\[[0-9a-fA-F:.]{2,45}\\]|[a-z0-9.-]{1,253}):[1-9]\\d{0,4}$', 'A host with its port'),
				1,
				32,
			),
			tls: either(truth, host),
			health: either(matching(path), object({path: matching(path), ...check})),
		},
		['servers'],
	),
	32,
);

const lines = matching('^(?:[\\x20-\\x7e\\t]{0,1000}\\n){0,200}[\\x20-\\x7e\\t]{0,1000}$');

export const pages = object({
	robots: lines,
	securityTxt: {...lines, description: 'RFC 9116: with a Contact and an Expires'},
	errors: mapping(
		{
			enum: [
				'400',
				'401',
				'403',
				'404',
				'405',
				'408',
				'410',
				'413',
				'414',
				'421',
				'429',
				'431',
				'500',
				'502',
				'503',
				'504',
			],
		},
		file,
		16,
	),
	maintenance: file,
});
