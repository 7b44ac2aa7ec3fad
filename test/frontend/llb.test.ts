import test from 'ava';
import {
	definitionOf,
	emptyGraph,
	graphOf,
	joined,
	source,
	withFiles,
	withFreshHead,
} from '../../frontend/llb/definition.ts';
import {selfTestOf} from '../../frontend/llb/self-test.ts';
import {decode, encode} from '../../proto/buildkit/codec.ts';
import {definition, op} from '../../proto/buildkit/ops.ts';

// Graphs of BuildKit's, taken apart and built on.

const files = [{path: '/a/b', mode: 0o644, data: new TextEncoder().encode('text')}];
const local = source('local://context', {}, 'the context');
const made = withFiles(local, files, 'a file');

test('a graph that is taken apart and put together is the same bytes', t => {
	const bytes = definitionOf(made);

	t.deepEqual(definitionOf(graphOf(bytes)), bytes);
});

test('what is to be done again, and the lines that are to blame, survive', t => {
	const plain = decode(definition, definitionOf(withFreshHead(made)));
	const infos = [
		{filename: 'Dockerfile', data: new TextEncoder().encode('FROM x\n'), language: 'Dockerfile'},
	];
	const digest = made.head?.digest ?? '';
	const bytes = encode(definition, {...plain, source: {locations: {[digest]: new Uint8Array([1])}, infos}});

	const more = decode(definition, definitionOf(withFiles(graphOf(bytes), files, 'another')));

	t.is(more.metadata?.[digest]?.ignoreCache, true);
	t.is(new TextDecoder().decode(more.source?.infos?.[0]?.data), 'FROM x\n');
	t.deepEqual(Object.keys(more.source?.locations ?? {}), [digest]);
	t.deepEqual(decode(definition, definitionOf(joined(emptyGraph, graphOf(bytes)))).def, undefined);
});

test('an image is started in its own root without network, and the program lies where it cannot be changed', t => {
	const bytes = selfTestOf({
		result: definitionOf(made),
		tool: new Uint8Array([1, 2, 3]),
		words: ['--', 'true'],
		env: ['A=b'],
		cwd: '/app',
		platform: {os: 'linux', architecture: 'amd64'},
		isFresh: true,
	});
	const {def = [], metadata = {}} = decode(definition, bytes);
	const terminal = decode(op, def.at(-1) ?? new Uint8Array());
	const {exec, inputs} = decode(op, def.at(-2) ?? new Uint8Array());
	const fresh = Object.entries(metadata).filter(([, {ignoreCache}]) => ignoreCache === true);

	t.is(exec?.network, 2);
	t.deepEqual(exec?.meta, {
		args: ['/run/.sallyport/tool', 'test', '--', 'true'],
		env: ['A=b'],
		cwd: '/app',
		user: '0:0',
	});
	t.is(inputs?.[0]?.digest, made.head?.digest);
	t.deepEqual(
		exec?.mounts?.map(({dest, readonly = false}) => `${dest}${readonly ? ' ro' : ''}`),
		['/', '/run/.sallyport ro', '/run/.sallyport-out', '/run/sallyport'],
	);
	t.is(terminal.inputs?.[0]?.index, 1);
	t.deepEqual(
		fresh.map(([digest]) => digest),
		[terminal.inputs?.[0]?.digest ?? ''],
	);
});
