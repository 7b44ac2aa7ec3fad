import {randomBytes} from 'node:crypto';
import {appendFile, cp} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {application, smallerBases} from '../examples/conversation/application.ts';
import {ensureImages} from './engine/images.ts';
import {ensureProduct} from './engine/product.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {layersOf, THROUGH_US} from './helpers/rewritten.ts';

// What a changed source costs: what was installed stays as it is, in the cache and in the image.

const app = application('node-api');
const stamp = randomBytes(4).toString('hex');
const names = ['before', 'after'].map(word => `sallyport-test/rebuild-${word}-${stamp}`);
let docker: Docker;

test.before(async t => {
	t.timeout(600_000);
	docker = await openDocker();
	await ensureProduct(docker.engine, {only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
	await ensureImages(docker.engine, [app.base, ...smallerBases(app.base)]);
});

test.after.always(() => docker(['image', 'rm', '-f', ...names]));

/** The steps that were carried out, as BuildKit's plain progress tells them; those that it had are left out. */
function stepsIn(log: string): readonly string[] {
	const cached = new Set(Array.from(log.matchAll(/^#(\d+) CACHED$/gm), ([, id]) => id));
	const steps = log.matchAll(/^#(\d+) \[[^\]]*?\d+\/\d+\] (.*)$/gm);
	return [...new Map(Array.from(steps, ([, id = '', step = '']) => [id, step]))]
		.filter(([id]) => !cached.has(id))
		.map(([, step]) => step);
}

test('after a source has changed nothing is installed or pruned again, and the layers below it and of the proxy stay', async t => {
	const folder = await folderOf({});
	await cp(app.folder, folder, {recursive: true});
	const built: string[] = [];
	for (const name of names) {
		// Another one each time, on an engine that remembers all that it has ever built.
		await appendFile(join(folder, 'src/server.js'), `\n// ${name}\n`);
		const {code, stderr} = await docker(['build', '--progress=plain', ...THROUGH_US, '-t', name, folder]);
		t.is(code, 0, stderr.slice(-2000));
		built.push(stderr);
	}

	const [before = '', after = ''] = names;
	const steps = stepsIn(built[1] ?? '');
	t.true(steps.includes('COPY . .'), steps.join('\n'));
	t.deepEqual(
		steps.filter(step => step.startsWith('RUN ') && !step.includes('"harden"')),
		[],
	);
	const [one, other] = [await layersOf(docker.engine, before), await layersOf(docker.engine, after)];
	t.is(one.length, other.length);
	t.deepEqual(
		other.map((layer, at) => (layer === one[at] ? 'same' : 'new')).slice(-5),
		// What was installed; the sources; what goes over the image; the proxy; contract and record.
		['same', 'new', 'new', 'same', 'new'],
	);
});
