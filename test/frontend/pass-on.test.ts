import test from 'ava';
import {build} from '../../frontend/build.ts';
import {FrontendError, GatewayError} from '../../frontend/error.ts';
import type {Gateway} from '../../frontend/gateway/client.ts';
import {readOptions} from '../../frontend/options.ts';
import {ownLines} from '../../frontend/own-lines.ts';
import {inTheirWords} from '../../frontend/their-words.ts';
import {encode} from '../../proto/buildkit/codec.ts';
import type {RequestOf, Result, Status} from '../../proto/buildkit/gateway.ts';
import {definition} from '../../proto/buildkit/ops.ts';

// What is handed over as the client gave it, and what is told in BuildKit's words.

const bundles = new URL('../../policies/bundles/', import.meta.url);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A builder that answers a solve, and remembers what it was asked for. */
function builder(answer: Result | GatewayError): {
	readonly gateway: Gateway;
	readonly asked: {readonly method: string; readonly request: unknown}[];
} {
	const asked: {readonly method: string; readonly request: unknown}[] = [];
	const call = (method: string, request: unknown): Promise<unknown> => {
		asked.push({method, request});
		if (method === 'inputs') {
			return Promise.resolve({definitions: {more: bytes('def')}});
		}

		return answer instanceof GatewayError ? Promise.reject(answer) : Promise.resolve({result: answer});
	};
	return {gateway: {call} as Gateway, asked};
}

function optionsOf(
	given: Readonly<Record<string, string>>,
	environment: Readonly<Record<string, string>> = {},
) {
	const numbered = Object.entries(given).map(
		([key, value], at) => [`BUILDKIT_FRONTEND_OPT_${at}`, `${key}=${value}`] as const,
	);
	return readOptions({...Object.fromEntries(numbered), ...environment});
}

const given = {
	source: 'example.com/frontend',
	dockerfilekey: 'mine',
	filename: 'x',
	'cache-imports': '[{"Type":"registry","Attrs":{"ref":"example.com/cache"}}]',
	'build-arg:SALLYPORT_PROXY': 'none',
	'build-arg:A': '1',
	'context:sallyport-proxy': 'docker-image://x',
};

for (const [name, options] of Object.entries({
	'whose environment says off': optionsOf(given, {SALLYPORT_POLICY: 'off'}),
	'that is told off': optionsOf({...given, 'build-arg:SALLYPORT_POLICY': 'off'}, {SALLYPORT_POLICY: 'soc2'}),
	'that is asked a question': optionsOf({...given, requestid: 'frontend.outline'}),
})) {
	test(`a frontend ${name} reads nothing, and hands over what the client gave`, async t => {
		const result: Result = {ref: {id: 'r'}, attestations: {'linux/amd64': bytes('x')}};
		const {gateway, asked} = builder(result);

		const answer = await build(gateway, options, bundles, new Date());

		t.deepEqual(
			asked.map(({method}) => method),
			['inputs', 'solve'],
		);
		const {opts = {}, inputs, cacheImports} = (asked[1]?.request ?? {}) as RequestOf<'solve'>;
		const {requestid: _question, ...rest} = opts;
		t.deepEqual(rest, {
			dockerfilekey: 'mine',
			filename: 'x',
			'cache-imports': given['cache-imports'],
			'build-arg:A': '1',
			'context:sallyport-proxy': 'docker-image://x',
		});
		t.deepEqual(inputs, {more: bytes('def')});
		t.deepEqual(cacheImports, [{type: 'registry', attrs: {ref: 'example.com/cache'}}]);
		t.deepEqual(answer, result);
	});
}

const refusal = new FrontendError('FRONTEND_BAD_DOCKERFILE', 'Dockerfile:1: our words');

test('what both refuse is told in the words of BuildKit', async t => {
	const theirs = new GatewayError({code: 2, message: 'their words'});
	const {gateway} = builder(theirs);

	await t.throwsAsync(inTheirWords(gateway, optionsOf({}), refusal), {is: theirs});
});

test('what only we refuse is told in ours, and nothing of it is built', async t => {
	const {gateway} = builder({ref: {id: 'built'}});

	await t.throwsAsync(inTheirWords(gateway, optionsOf({}), refusal), {is: refusal});
});

test('a question about a file that does not parse has the answer of BuildKit, which says so', async t => {
	const answer: Result = {metadata: {'result.statuscode': bytes('1')}};
	const {gateway} = builder(answer);

	t.deepEqual(await inTheirWords(gateway, optionsOf({requestid: 'frontend.lint'}), refusal), answer);
});

test('a verdict is told without asking anybody', async t => {
	const denied = new FrontendError('FRONTEND_DENIED', 'no');
	const {gateway, asked} = builder({});

	await t.throwsAsync(inTheirWords(gateway, optionsOf({}), denied), {is: denied});
	t.deepEqual(asked, []);
});

const ORIGINAL = 'FROM a\nRUN x\nFROM b\nCOPPY c\n';
const BUILT =
	'FROM a\nRUN --mount=type=cache,target=/c x\nCOPY --link --from=sallyport-proxy / /\nFROM b\nCOPPY c\n';

function statusAt(line: number, text = BUILT): Status {
	const place = {
		info: {filename: 'Dockerfile', data: Buffer.from(text).toString('base64'), language: 'Dockerfile'},
		ranges: [{start: {line, character: 2}, end: {line}}],
	};
	const typeUrl = 'github.com/moby/buildkit/errdefs.Source+json';
	const detail = {typeUrl, value: bytes(JSON.stringify(place))};
	const other = {typeUrl: 'x/stack.Stack+json', value: bytes('{}')};
	return {code: 2, message: `dockerfile parse error on line ${line}: no`, details: [detail, other]};
}

const moves: readonly (readonly [from: number, to: number])[] = [
	[1, 1],
	[2, 2],
	[3, 2],
	[4, 3],
	[5, 4],
];
for (const [from, to] of moves) {
	test(`an error on line ${from} of what was built is on line ${to} of what was written`, t => {
		const {message, details = []} = ownLines(statusAt(from), {
			filename: 'Dockerfile',
			original: bytes(ORIGINAL),
			text: bytes(BUILT),
		});

		const {info, ranges} = JSON.parse(new TextDecoder().decode(details[0]?.value)) as {
			info: {data: string; language: string};
			ranges: unknown;
		};
		t.is(Buffer.from(info.data, 'base64').toString(), ORIGINAL);
		t.is(info.language, 'Dockerfile');
		t.deepEqual(ranges, [{start: {line: to, character: 2}, end: {line: to}}]);
		t.is(message, `dockerfile parse error on line ${to}: no`);
		t.deepEqual(details[1], statusAt(from).details?.[1]);
	});
}

test('what is handed over is solved again from the same steps, and so is each platform of it', async t => {
	const def = encode(definition, {def: [bytes('op'), bytes('end')]});
	const one = builder({ref: {id: 'r', def}});
	const two = builder({refs: {refs: {'linux/amd64': {id: 'a', def}, 'linux/arm64': {id: 'b'}}}});
	const options = optionsOf({}, {SALLYPORT_POLICY: 'off'});

	await build(one.gateway, options, bundles, new Date());
	await build(two.gateway, options, bundles, new Date());

	for (const {asked} of [one, two]) {
		const solves = asked
			.filter(({method}) => method === 'solve')
			.map(({request}) => request as RequestOf<'solve'>);
		t.deepEqual(
			solves.map(request => request.definition),
			[undefined, def],
		);
	}
});

test('a place in another file stays where it is', t => {
	const status = statusAt(4, 'something else');

	const {details} = ownLines(status, {filename: 'Dockerfile', original: bytes(ORIGINAL), text: bytes(BUILT)});

	t.deepEqual(details, status.details);
});
