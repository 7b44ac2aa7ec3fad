import test from 'ava';
import {connectEngine} from '../daemon/docker/engine.ts';
import {archivedFactsOf} from '../daemon/docker/file-facts.ts';
import {openDocker} from './helpers/docker.ts';
import {configurations, judged} from './helpers/tls/configurations.ts';
import {compare} from './helpers/tls/facts.ts';
import {askOurs} from './helpers/tls/ours.ts';
import {reasonFor} from './helpers/tls/reasons.ts';
import {sslscan} from './helpers/tls/sslscan.ts';
import {openStage, type Stage} from './helpers/tls/stage.ts';

// Real servers of two makers, good and bad, and what sslscan sees of them. `npm run bench -- tls` asks many more, and two tools besides.

const names = [
	'intermediate',
	'everything nginx has',
	'RC4 and 3DES',
	'DHE of 1024 bits',
	'RSA of 1024 bits',
	'without its intermediate',
] as const;
const chosen = names.flatMap(name => configurations.filter(each => each.name === name));
let stage: Stage | undefined;

test.before(async () => {
	const packages = ['sslscan', 'nginx-light', 'openssl', 'gnutls-bin'];
	stage = await openStage(chosen, {image: 'sallyport-test/sslscan', packages});
});

test.after.always(() => stage?.remove());

test('there are as many servers as names', t => {
	t.is(chosen.length, names.length);
});

for (const [index, {name, bad}] of chosen.entries()) {
	test(`of a server "${name}", sslscan sees what we see, and our probes say what has to be said`, async t => {
		if (stage === undefined) {
			return t.fail();
		}

		const port = stage.portOf(index);
		await stage.listening(port);
		const {facts, findings} = await askOurs(stage.address, port, stage.authority);
		const theirs = await sslscan.ask(stage, port, 'handshake');
		const {agreed, disagreed} = compare(facts, theirs);

		t.true(agreed >= 2, `only ${agreed} facts in common`);
		t.deepEqual(
			disagreed.filter(each => reasonFor('sslscan', name, each) === undefined),
			[],
		);
		for (const id of judged) {
			const results = [...new Set(findings[id].map(({result}) => result))];
			t.deepEqual(results, [bad.includes(id) ? 'fail' : 'pass'], `${id}: ${JSON.stringify(findings[id])}`);
		}
	});
}

test('how a mounted key lies in the container is asked of the engine, which follows no link out of it', async t => {
	if (stage === undefined) {
		return t.fail();
	}

	const {id} = stage;
	const {engine} = await openDocker();
	const host = connectEngine(engine.env['DOCKER_HOST'] ?? '');
	const signal = AbortSignal.timeout(10_000);
	const look = (path: string) => archivedFactsOf(each => host.archive(id, each, signal), path, signal);
	await stage.tool([
		'sh',
		'-c',
		'install -m 440 -o 7 -g 8 /certs/leaf.key /tmp/own.key; ln -s /tmp/own.key /tmp/link.key',
	]);

	t.like(await look('/certs/leaf.key'), {kind: 'file', mode: 0o644});
	t.like(await look('/tmp/link.key'), {path: '/tmp/own.key', kind: 'file', mode: 0o440, uid: 7, gid: 8});
	t.is(await look('/tmp/none.key'), undefined);
});
