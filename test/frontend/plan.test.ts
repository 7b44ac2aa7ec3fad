import test from 'ava';
import fc from 'fast-check';
import {proxies} from '../../frontend/proxies/index.ts';
import {derive, type Given} from '../helpers/derive.ts';

const ports: Readonly<Record<string, readonly [text: string, port: number | undefined, given?: Given]>> = {
	'one EXPOSE': ['FROM scratch\nEXPOSE 3000', 3000],
	'EXPOSE with a protocol': ['FROM scratch\nEXPOSE 3000/tcp', 3000],
	'EXPOSE of UDP alone': ['FROM scratch\nEXPOSE 3000/udp', undefined],
	'a range by its first port': ['FROM scratch\nEXPOSE 3000-3005', 3000],
	'a variable of the stage': ['FROM scratch\nARG P=3000\nENV PORT=$P\nEXPOSE ${PORT}', 3000],
	'a build argument': ['FROM scratch\nARG P=3000\nEXPOSE $P', 4000, {buildArgs: {P: '4000'}}],
	'the stage below': ['FROM scratch AS base\nENV P=3000\nEXPOSE $P\nFROM base', 3000],
	'the asked stage, not the last': [
		'FROM scratch AS api\nEXPOSE 3000\nFROM scratch\nEXPOSE 4000',
		3000,
		{target: 'api'},
	],
	'not a stage that is only copied from': [
		'FROM scratch AS b\nEXPOSE 3000\nFROM scratch\nCOPY --from=b /a /a',
		undefined,
	],
	'the base image': ['FROM web', 80, {images: {web: {exposedPorts: [80]}}}],
	'the Dockerfile before the base image': [
		'FROM web\nEXPOSE 3000',
		3000,
		{images: {web: {exposedPorts: [80]}}},
	],
	'the label before EXPOSE': ['FROM scratch\nEXPOSE 3000\nLABEL dev.sallyport.port="4000"', 4000],
	'the project before the label': [
		'FROM scratch\nLABEL dev.sallyport.port=4000',
		5000,
		{project: 'facts: {port: 5000}'},
	],
	'the port that HEALTHCHECK asks': [
		'FROM scratch\nEXPOSE 9000 3000\nHEALTHCHECK CMD curl http://localhost:3000/',
		3000,
	],
	'the port that PORT names': ['FROM scratch\nENV PORT=3000\nEXPOSE 9000 3000', 3000],
	'the first of several': ['FROM scratch\nEXPOSE 9000 3000', 9000],
	'plain HTTP beside TLS': ['FROM scratch\nEXPOSE 443 80', 80],
	'no HTTP at all': ['FROM scratch\nEXPOSE 5432', undefined],
	'a port that is none': ['FROM scratch\nEXPOSE 99999', undefined],
	'FastCGI of the base image is no HTTP': [
		'FROM php\nCOPY . /srv',
		undefined,
		{images: {php: {exposedPorts: [9000], entrypoint: ['docker-php-entrypoint'], cmd: ['php-fpm']}}},
	],
	'FastCGI beside a web server': ['FROM scratch\nEXPOSE 9000 8080\nCMD php-fpm -D && nginx', 8080],
	'9000 of anything else': ['FROM scratch\nEXPOSE 9000\nCMD ["play"]', 9000],
	'9000 of another command on a PHP image': [
		'FROM php\nCMD ["php", "-S", "0.0.0.0:9000"]',
		9000,
		{images: {php: {exposedPorts: [9000], cmd: ['php-fpm']}}},
	],
	nothing: ['FROM scratch', undefined],
};

for (const [name, [text, port, given]] of Object.entries(ports)) {
	test(`the application's port: ${name}`, t => {
		const {plan, problems} = derive(text, given);

		t.deepEqual(problems, []);
		t.is(plan?.application?.port, port);
	});
}

test('a choice among several ports is told, with the way to change it', t => {
	const {notes} = derive('FROM scratch\nEXPOSE 9000 3000\nHEALTHCHECK CMD curl http://localhost:3000/');

	t.deepEqual(notes, [
		'EXPOSE names 9000, 3000; the proxy stands in front of 3000, which is the one that HEALTHCHECK asks. If that is wrong, say "facts: {port: …}" in .sallyport.yaml.',
	]);
});

test('an exposed database is told to get no proxy', t => {
	const {notes} = derive('FROM scratch\nEXPOSE 5432');

	t.regex(notes[0] ?? '', /EXPOSE names 5432, .* so no proxy goes into the image/);
});

const healthPaths: Readonly<Record<string, readonly [check: string, path: string | undefined]>> = {
	'a shell command': ['HEALTHCHECK CMD curl -f http://localhost:3000/healthz || exit 1', '/healthz'],
	'an exec command': ['HEALTHCHECK CMD ["wget", "-qO-", "http://127.0.0.1:3000/a/b.json"]', '/a/b.json'],
	'quotes around': ['HEALTHCHECK CMD node -e "fetch(\'http://localhost:3000/up\').then(r => r.ok)"', '/up'],
	'a variable as the port': ['ENV PORT=3000\nHEALTHCHECK CMD curl http://0.0.0.0:$PORT/ok', '/ok'],
	'the root, which every application has': ['HEALTHCHECK CMD curl http://localhost:3000/', undefined],
	'another host': ['HEALTHCHECK CMD curl http://example.com/healthz', undefined],
	'TLS, which the proxy does not speak to the application': [
		'HEALTHCHECK CMD curl -k https://localhost:3000/x',
		undefined,
	],
	'no URL': ['HEALTHCHECK CMD pidof node', undefined],
	'switched off again': ['HEALTHCHECK CMD curl http://localhost:3000/a\nHEALTHCHECK NONE', undefined],
};

for (const [name, [check, path]] of Object.entries(healthPaths)) {
	test(`the health path from HEALTHCHECK: ${name}`, t => {
		t.is(derive(`FROM scratch\nEXPOSE 3000\n${check}`).plan?.application?.healthPath, path);
	});
}

test('a label goes before HEALTHCHECK, and the project before both', t => {
	const text =
		'FROM scratch\nEXPOSE 3000\nHEALTHCHECK CMD curl http://localhost:3000/a\nLABEL dev.sallyport.health=/b';

	t.is(derive(text).plan?.application?.healthPath, '/b');
	t.is(derive(text, {project: 'facts: {health: /c}'}).plan?.application?.healthPath, '/c');
});

const hostile: Readonly<Record<string, string>> = {
	'a port with a directive': 'LABEL dev.sallyport.port="3000; return 200"',
	'a port of zero': 'LABEL dev.sallyport.port=0',
	'a path with a line break': "LABEL dev.sallyport.health='/a\\\nb c'",
	'a path outside ASCII': 'LABEL dev.sallyport.health=/héalth',
	'a path without end': `LABEL dev.sallyport.health=/${'a'.repeat(300)}`,
};

for (const [name, label] of Object.entries(hostile)) {
	test(`a label is the author's word and is checked: ${name}`, t => {
		const {plan, problems} = derive(`FROM scratch\nEXPOSE 3000\n${label}`);

		t.is(plan, undefined);
		t.is(problems.length, 1);
		t.is(problems[0]?.line, 3);
	});
}

test('the proxy makes room for the application', t => {
	const {plan, notes} = derive('FROM scratch\nENV PORT=8080\nEXPOSE 8080 8443 9443');

	t.is(plan?.application?.port, 8080);
	t.deepEqual(plan?.listeners, {https: 10_443, redirect: 9080});
	t.true(
		notes.some(note => note.includes('TLS on 10443 instead of 8443 and plain HTTP on 9080 instead of 8080')),
	);
});

test('ports that the project names are taken as they are, and contradictions are problems', t => {
	const exposed = 'FROM scratch\nEXPOSE 3000';

	t.deepEqual(derive(exposed, {project: 'listeners: {https: 443, redirect: 80}'}).plan?.listeners, {
		https: 443,
		redirect: 80,
	});
	t.regex(
		derive(exposed, {project: 'listeners: {https: 3000}'}).problems[0]?.message ?? '',
		/for TLS on 3000, where the application/,
	);
	t.regex(
		derive(exposed, {project: 'listeners: {redirect: 3000}'}).problems[0]?.message ?? '',
		/for plain HTTP on 3000/,
	);
	t.regex(
		derive(exposed, {project: 'listeners: {https: 81, redirect: 81}'}).problems[0]?.message ?? '',
		/same port 81/,
	);
});

test('with a contradiction there is no plan, so that nothing is rendered from it', t => {
	t.is(derive('FROM scratch\nEXPOSE 3000', {project: 'listeners: {https: 3000}'}).plan, undefined);
	t.deepEqual(derive('FROM scratch\nEXPOSE 3000', {project: 'listeners: {https: 8080}'}).plan?.listeners, {
		https: 8080,
		redirect: 9080,
	});
});

test('no proxy where none is wanted; the build goes before the project', t => {
	const exposed = 'FROM scratch\nEXPOSE 3000';

	t.is(derive(exposed, {project: 'proxy: none'}).plan, undefined);
	t.is(derive(exposed, {proxy: 'none'}).plan, undefined);
	t.is(derive(exposed, {project: 'proxy: none', proxy: 'nginx'}).plan?.application?.port, 3000);
});

test('the defaults break nothing on the first day', t => {
	const {plan} = derive('FROM scratch\nEXPOSE 3000');

	t.deepEqual(plan?.limits, {bodyBytes: 10_485_760, requestsPerSecond: 50, burst: 100, connections: 50});
	t.deepEqual(plan?.tls, {minVersion: 'TLSv1.2', http3: false});
	t.true((plan?.timeouts.drainSeconds ?? 99) < 10, 'docker stop kills after ten seconds');
	t.deepEqual(
		plan?.headers.filter(({mode}) => mode === 'override').map(({name}) => name),
		['X-Content-Type-Options', 'X-Permitted-Cross-Domain-Policies'],
	);
});

test('a policy of the project keeps the directives that ours forbids things with', t => {
	const csp = (text: string): string | undefined =>
		derive('FROM scratch\nEXPOSE 3000', {project: `headers: {csp: "${text}"}`}).plan?.headers.find(
			({name}) => name === 'Content-Security-Policy',
		)?.value;

	t.is(
		csp("default-src 'self'"),
		"default-src 'self'; frame-ancestors 'self'; base-uri 'self'; object-src 'none'",
	);
	t.is(
		csp("frame-ancestors 'none'; base-uri 'none';"),
		"frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
	);
});

test('whatever the labels hold, a plan is in range and can be rendered', t => {
	const text = fc
		.string({unit: 'grapheme-ascii', maxLength: 40})
		.map(value => value.replaceAll(/["\\$\n]/g, ''));
	const numbers = fc.oneof(text, fc.nat(70_000).map(String));
	const paths = fc.oneof(
		text,
		text.map(value => `/${value}`),
	);
	fc.assert(
		fc.property(numbers, paths, fc.nat(70_000), (port, health, exposed) => {
			const label = `LABEL dev.sallyport.port="${port}" dev.sallyport.health="${health}"`;
			const {plan} = derive(`FROM scratch\nEXPOSE ${exposed}\n${label}`);
			if (plan?.application !== undefined) {
				const {application} = plan;
				t.true(application.port >= 1 && application.port <= 65_535);
				t.regex(application.healthPath ?? '/', /^\/[\x21-\x7e]{0,255}$/);
				t.true(proxies.nginx.render(plan).length > 0);
			}
		}),
		{numRuns: 200},
	);
});
