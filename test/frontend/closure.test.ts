import test from 'ava';
import {missingFrom, missingLibraries} from '../../frontend/closure.ts';
import type {Gateway} from '../../frontend/gateway/client.ts';
import {closureOf, originOf} from '../../frontend/llb/closure.ts';
import {definitionOf, graphOf, joined, source, withFiles, withVertex} from '../../frontend/llb/definition.ts';
import {readOptions} from '../../frontend/options.ts';
import {decode} from '../../proto/buildkit/codec.ts';
import {definition, op} from '../../proto/buildkit/ops.ts';

// What comes over into a smaller image finds its libraries there.

const data = new TextEncoder().encode('x');
const fat = withFiles(source('docker-image://fat', {}, 'fat'), [{path: '/app/a', mode: 0o644, data}], 'make');
const slim = source('docker-image://slim', {}, 'slim');
const split = withVertex(joined(slim, fat), {
	inputs: [slim.head, fat.head].filter(head => head !== undefined),
	file: {
		actions: [{input: 0, secondaryInput: 1, output: 0, copy: {src: '/app', dest: '/app'}}],
	},
});
const configured = definitionOf(withFiles(split, [{path: '/b', mode: 0o644, data}], 'more'));
const platform = {os: 'linux', architecture: 'amd64'} as const;

test('what a folder was copied from is found in the graph, with all that it is made from and no more', t => {
	const origin = originOf(configured, '/app');

	t.deepEqual(origin?.head, fat.head);
	t.deepEqual(
		origin?.vertices.map(({digest}) => digest),
		fat.vertices.map(({digest}) => digest),
	);
	t.is(originOf(configured, '/elsewhere'), undefined);
});

test('an image whose libraries are looked for is a folder of which nothing is run', t => {
	const words = ['--path=/bin', '/app'];
	const bytes = closureOf(graphOf(configured), {tool: data, words, platform});
	const {def = []} = decode(definition, bytes);
	const {exec} = decode(op, def.at(-2) ?? new Uint8Array());

	t.is(exec?.network, 2);
	t.deepEqual(exec?.meta?.args, [
		...['/tool', 'closure', '--root=/image', '--out=/out/missing.jsonl', '--path=/bin', '/app'],
	]);
	t.deepEqual(
		exec?.mounts?.map(({dest, readonly = false}) => `${dest}${readonly ? ' ro' : ''}`),
		// Not read-only: of a mount without an output BuildKit digests every file before it begins.
		['/', '/out', '/image'],
	);
});

test('of a report libraries and loaders count, and a line that was cut off does not', t => {
	const report = [
		'{"kind":"library","file":"/app/a.node","needs":"libfoo.so.1","by":"/app/a.node"}',
		'{"kind":"script","file":"/app/run.py","needs":"python3"}',
		'{"kind":"interpreter","file":"/app/b","needs":"/lib/ld-musl-x86_64.so.1"}',
		'{"programs":1,"miss',
	].join('\n');

	t.deepEqual(
		missingFrom(report).map(({needs}) => needs),
		['libfoo.so.1', '/lib/ld-musl-x86_64.so.1'],
	);
});

/** A builder in which looking into an image gives these reports, one after the other. */
function builder(reports: readonly string[]): {gateway: Gateway; args: string[][]} {
	const left = [...reports];
	const args: string[][] = [];
	const call = async (method: string, {definition: bytes}: {definition?: Uint8Array}) => {
		if (method === 'readFile') {
			return {data: new TextEncoder().encode(left.shift())};
		}

		const {def = []} = decode(definition, bytes ?? new Uint8Array());
		args.push([...(decode(op, def.at(-2) ?? new Uint8Array()).exec?.meta?.args ?? [])]);
		return {result: {ref: {id: 'looked'}}};
	};
	return {gateway: {call} as unknown as Gateway, args}; // Nothing else of it is called.
}

const missing = (file: string, needs: string): string =>
	`${JSON.stringify({kind: 'library', file, needs, by: file})}\n`;
const counted = '{"programs":1,"libraries":2,"missing":1,"isPartial":false}\n';
const config = {config: {Env: ['PATH=/app/bin:/bin', 'LD_LIBRARY_PATH=/opt/lib']}};
const built = {
	ref: {id: 'built', def: configured},
	metadata: {'containerimage.config': new TextEncoder().encode(JSON.stringify(config))},
};
const fix = {title: 'split', stage: {name: 'runtime', lines: [], carried: ['/app']}};
const options = readOptions({});
const tool = async () => data;

test('a library that only the larger image has is named, with who loads it', async t => {
	const {gateway, args} = builder([missing('/app/a.node', 'libfoo.so.1') + counted, counted]);

	const outcome = await missingLibraries(gateway, options, built, [fix], tool);

	t.deepEqual(outcome, {
		word: 'failed',
		sentence: '"/app/a.node" loads the library "libfoo.so.1", which the smaller image does not have',
		log: [],
	});
	t.deepEqual(args[0]?.slice(4), ['--path=/app/bin:/bin', '--library-path=/opt/lib', '/app']);
	t.deepEqual(args[1], args[0]);
});

test('what the larger image did not have either is nothing that was lost', async t => {
	const report = missing('/app/prebuilt/musl.node', 'libc.musl-x86_64.so.1') + counted;
	const {gateway, args} = builder([report, report]);

	t.is(await missingLibraries(gateway, options, built, [fix], tool), undefined);
	t.is(args.length, 2);
});

test('nothing is looked at where nothing came over, and once where nothing is missing', async t => {
	const {gateway, args} = builder([counted]);

	t.is(await missingLibraries(gateway, options, built, [{title: 'other'}], tool), undefined);
	t.is(args.length, 0);
	t.is(await missingLibraries(gateway, options, built, [fix], tool), undefined);
	t.is(args.length, 1);
});
