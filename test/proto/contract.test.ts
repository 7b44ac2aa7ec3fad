import test from 'ava';
import {contractOf} from '../../frontend/contract.ts';
import {derivePlan} from '../../frontend/derive-plan.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {proxies} from '../../frontend/proxies/index.ts';
import {readProject} from '../../frontend/read-project.ts';
import {type Contract, ContractError, readContract, sealContract} from '../../proto/contract.ts';
import {builtIn} from '../helpers/bundle.ts';
import {changed} from '../helpers/changed.ts';
import {HASH, whole} from '../helpers/project-cases.ts';
import {contract as plain} from '../helpers/subject.ts';

const dockerfile = new TextEncoder().encode('FROM scratch\nEXPOSE 3000');

/** What an image with this project file promises. */
function promised(project: string): Contract {
	const parsed = parseDockerfile(dockerfile);
	const {plan, problems} = derivePlan({
		dockerfile: parsed,
		target: stageOf(parsed, undefined),
		buildArgs: new Map(),
		images: new Map(),
		project: readProject(project, '.sallyport.yaml'),
		proxy: undefined,
	});
	if (plan === undefined) {
		throw new Error(problems[0]?.message);
	}

	const verdict = {checks: [], counts: {}, outcome: 'pass'} as unknown as Parameters<typeof contractOf>[2]; // It has no check.
	const rendered = {
		plan,
		engine: 'nginx',
		files: proxies.nginx.render(plan),
		image: proxies.nginx.image,
	} as const;
	return contractOf(dockerfile, builtIn('baseline'), verdict, rendered);
}

test('a contract says what is asked for where, what may be kept, and what listens', t => {
	const {proxy} = promised(whole);

	const said = proxy?.routes?.map(
		({path, match, to, access, cached}) =>
			`${match} ${path} → ${to}${cached ? ', kept' : ''} (${access.join(' ')})`,
	);
	t.deepEqual(said, [
		'exact /app/login → application ()',
		'prefix /billing → upstream ()',
		'prefix /events → application ()',
		'prefix /static → files ()',
		'prefix /admin → application (addresses basic certificate)',
		'prefix /news → application, kept ()',
		'prefix /api → application (jwt)',
		'prefix /app → application (forward)',
		'prefix /old → refuse ()',
		'prefix / → application ()',
	]);
	t.is(proxy?.cache, 'routes');
	t.deepEqual(proxy?.listeners, [
		{port: 9443, protocol: 'https'},
		{port: 9080, protocol: 'redirect'},
		{port: 9443, protocol: 'http3'},
		{port: 9100, protocol: 'metrics'},
	]);
});

test('no hash, no network, no key and no server is in it', t => {
	const text = new TextDecoder().decode(sealContract(promised(whole)).bytes);

	for (const secret of [
		HASH,
		'$6$',
		'ann',
		'10.9.0.0',
		'keys.json',
		'login.example.com',
		'billing.internal',
		'verify',
	]) {
		t.false(text.includes(secret), secret);
	}
});

test('a contract says where the proxy may be asked rudely, how long it waits, and whether it believes others', t => {
	const {canaryPath, headSeconds, trustsProxies} = promised('').proxy ?? {};

	t.deepEqual(
		{canaryPath, headSeconds, trustsProxies},
		{
			canaryPath: '/.sallyport/canary',
			headSeconds: 10,
			trustsProxies: false,
		},
	);
	t.true(promised('proxy: {trustedProxies: [10.0.0.0/8]}').proxy?.trustsProxies);
});

test('a plain image promises that nothing is kept, and names no route', t => {
	const {proxy} = promised('');

	t.is(proxy?.cache, 'off');
	t.deepEqual(proxy?.routes, []);
});

test('a header that a route says otherwise is promised to be there, and not with its value', t => {
	const named = (project: string): unknown =>
		promised(project).proxy?.headers.find(({name}) => name === 'X-Content-Type-Options');

	t.deepEqual(named(''), {name: 'X-Content-Type-Options', value: 'nosniff'});
	t.deepEqual(named('routes: [{path: /a, headers: {override: {x-content-type-options: nosniff}}}]'), {
		name: 'X-Content-Type-Options',
	});
});

test('what is sealed is read, with as many routes as there may be, and without any, as it was before there were routes', t => {
	const route = {path: '/a', match: 'prefix', to: 'application', access: ['jwt'], cached: false} as const;
	const many = changed(
		plain,
		['proxy', 'routes'],
		Array.from({length: 257}, () => route),
	) as Contract;

	for (const contract of [promised(whole), plain, many]) {
		t.deepEqual(readContract(sealContract(contract).bytes), JSON.parse(JSON.stringify(contract)));
	}
});

const malformed: readonly (readonly [path: string, value: unknown])[] = [
	['proxy.engine', 'apache'],
	['proxy.engine', ['nginx']],
	['proxy.cache', 'everything'],
	['proxy.listeners', [{port: 8443, protocol: 'gopher'}]],
	['proxy.canaryPath', 'canary'],
	['proxy.trustsProxies', 'no'],
	['proxy.headSeconds', -1],
	['proxy.routes', {}],
	['proxy.routes', Array.from({length: 258}, () => ({}))],
	...(
		[
			['path', 'admin'],
			['path', '/a b'],
			['match', 'regex'],
			['to', 'shell'],
			['access', 'basic'],
			['access', ['password']],
			['access', Array.from({length: 65}, () => 'jwt')],
			['cached', 1],
		] as const
	).map(([key, value]) => {
		const route = {path: '/a', match: 'prefix', to: 'application', access: [], cached: false};
		return ['proxy.routes', [{...route, [key]: value}]] as const;
	}),
];

for (const [path, value] of malformed) {
	test(`a contract is the image author's word and is checked: ${path} ${JSON.stringify(value).slice(0, 80)}`, t => {
		const bytes = new TextEncoder().encode(JSON.stringify(changed(plain, path.split('.'), value)));

		t.throws(() => readContract(bytes), {instanceOf: ContractError});
	});
}
