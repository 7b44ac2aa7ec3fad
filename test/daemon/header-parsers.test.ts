import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {allowsInline, anyHostOf, parsePolicies} from '../../daemon/probes/header/csp.ts';
import {cspFlaws} from '../../daemon/probes/header/csp-flaws.ts';
import {readHsts} from '../../daemon/probes/header/hsts.ts';
import {tagsOf} from '../../daemon/probes/header/html.ts';
import {leakIn} from '../../daemon/probes/header/leaks.ts';
import {metaOf} from '../../daemon/probes/header/meta.ts';
import {securityTxtFlaws} from '../../daemon/probes/header/security-txt.ts';
import {readDictionary, readItem} from '../../daemon/probes/header/structured.ts';
import {queryNamesIn} from '../../daemon/probes/privacy/query-names.ts';
import {readSetCookie} from '../../daemon/probes/privacy/set-cookie.ts';

const now = new Date('2026-01-01T00:00:00Z');
const page = (body: string) => metaOf({tags: () => tagsOf(body)});

/** Everything that reads what a target wrote. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
	'Content-Security-Policy': text => cspFlaws([text], [text]),
	'Strict-Transport-Security': text => readHsts([text, text]),
	'a dictionary': text => readDictionary([text]),
	'a single value': text => readItem([text]),
	'Set-Cookie': text => readSetCookie(text, now),
	'security.txt': text => securityTxtFlaws(text, 'https://app.test/', now),
	'a page': text => [tagsOf(text), page(text)],
	'the text of an error': leakIn,
	'a line of a log': queryNamesIn,
};

/** What a regular expression or a loop could trip over, 64 KB of each. */
const floods: readonly string[] = [
	...[...';,=?<>&"\'\\( )!-/:*.%0\n\t'],
	'<a ',
	'a,',
	'<!--',
	'<script',
	'&#x',
	'a=b;',
	'a=(',
	'"\\',
	'a;b=',
	'/?a&',
	'\n    at x',
	'mysql://a:',
	"'nonce-",
	'*.a',
	'Set',
].map(seed => seed.repeat(Math.ceil(65_536 / seed.length)));

for (const [name, parse] of Object.entries(parsers)) {
	test(`${name}: no text throws, and 64 KB of anything take no time`, t => {
		const text = fc.oneof(
			fc.string({maxLength: 200}),
			fc.string({unit: 'binary', maxLength: 200}),
			fc
				.array(
					fc.constantFrom(
						...floods.map(flood => flood.slice(0, 8)),
						'script-src ',
						"'self'",
						'max-age=1',
						'a',
					),
				)
				.map(parts => parts.join('')),
		);
		fc.assert(
			fc.property(text, value => {
				parse(value);
			}),
			{numRuns: 500},
		);
		for (const flood of floods) {
			const started = performance.now();
			parse(flood);
			const elapsed = performance.now() - started;
			t.true(elapsed < 500, `${JSON.stringify(flood.slice(0, 12))} took ${elapsed} ms`);
		}
	});
}

test('a policy is what CSP3 says it is, directive by directive', t => {
	const policy = (text: string) => Object.fromEntries(parsePolicies([text])[0] ?? []);

	t.deepEqual(policy("  Script-Src\t'self'  a.example ;;x"), {'script-src': ["'self'", 'a.example'], x: []});
	t.deepEqual(policy('a 1; a 2'), {a: ['1']});
	t.deepEqual(policy('a ä; b 1'), {b: ['1']});
	t.is(parsePolicies(['a 1, b 2', 'c 3', ' ; ']).length, 3);
	t.is(parsePolicies(['a,'.repeat(1000), 'a,'.repeat(1000)]).length, 64);
});

const inlines: readonly (readonly [sources: string, allowed: boolean])[] = [
	["'unsafe-inline'", true],
	["'UNSAFE-INLINE' https:", true],
	["'unsafe-inline' 'nonce-abc'", false],
	["'unsafe-inline' 'nonce-abc=='", false],
	["'unsafe-inline' 'nonce-a b'", true],
	["'unsafe-inline' 'nonce-'", true],
	["'unsafe-inline' 'sha256-abc='", false],
	["'unsafe-inline' 'sha1-abc='", true],
	["'unsafe-inline' 'strict-dynamic'", false],
	['unsafe-inline', false],
	['', false],
];
for (const [sources, allowed] of inlines) {
	test(`inline script is ${allowed ? '' : 'not '}let in by ${sources || 'nothing'}`, t => {
		t.is(allowsInline(sources.split(' ')), allowed);
	});
}

test('a source is every host when its host is a star, whatever stands around it', t => {
	const wide = [
		'*',
		'*:*',
		'*:443',
		'https:',
		'HTTP:',
		'wss:',
		'https://*',
		'https://*:8443/a',
		'*.com',
		'https://*.dev',
	];
	const narrow = [
		"'self'",
		'a.example',
		'*.example.com',
		'https://a.example',
		'blob:',
		'*.internal',
		'data:',
		'**',
		"'*'",
	];

	t.deepEqual(
		wide.filter(source => anyHostOf([source]) === undefined),
		[],
	);
	t.deepEqual(
		narrow.filter(source => anyHostOf([source]) !== undefined),
		[],
	);
});

const hsts: readonly (readonly [lines: readonly string[], state: string, maxAge?: number])[] = [
	[[], 'absent'],
	[['max-age=31536000'], 'kept', 31_536_000],
	[['MAX-AGE="300" ; includeSubDomains;'], 'kept', 300],
	[['max-age=300', 'max-age=31536000'], 'kept', 300],
	[['max-age=0'], 'kept', 0],
	[['max-age=300; max-age=300'], 'void'],
	[['includeSubDomains'], 'void'],
	[['max-age=-1'], 'void'],
	[['max-age=1e9'], 'void'],
	[['max-age=300, max-age=300'], 'void'],
	[['max age=300'], 'void'],
	[['', 'max-age=300'], 'void'],
];
for (const [lines, state, maxAge] of hsts) {
	test(`transport security of ${JSON.stringify(lines)} is ${state}`, t => {
		const read = readHsts(lines);
		t.is(read.state, state as typeof read.state);
		t.is(read.state === 'kept' ? read.maxAge : undefined, maxAge);
	});
}

function keys(t: ExecutionContext, lines: readonly string[], expected: readonly string[] | undefined): void {
	const read = readDictionary(lines);
	t.deepEqual(
		read === undefined ? undefined : [...read.keys()],
		expected === undefined ? undefined : [...expected],
	);
}

test('a dictionary is what RFC 9651 says it is, and one mistake makes all of it void', t => {
	keys(
		t,
		['camera=(), microphone=(self "https://a.example");x=1, a, b=?0, c=1.5, d=:YQ==:'],
		['camera', 'microphone', 'a', 'b', 'c', 'd'],
	);
	keys(t, ['a=1', 'b=2'], ['a', 'b']);
	keys(t, [''], []);
	for (const bad of [
		"camera 'none'; microphone 'none'",
		'a=1,',
		'a=(',
		'A=1',
		'a=(b"c")',
		'a="b',
		'a==1',
		',a=1',
		'a=1;',
		'a = 1',
		'a=()b',
	]) {
		keys(t, [bad], undefined);
	}

	t.deepEqual(readDictionary(['a=1, a=(x)'])?.get('a'), {kind: 'list', items: [{kind: 'token', text: 'x'}]});
	t.deepEqual(readItem(['same-origin; report-to="a"']), {kind: 'token', text: 'same-origin'});
	t.is(readItem(['same-origin, same-origin']), undefined);
});

test('a cookie is what RFC 6265bis says it is', t => {
	const cookie = readSetCookie(
		'a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SECURE; samesite=Strict; SameSite=lax; Domain=.A.test',
		now,
	);

	t.is(cookie?.lifetime, 60);
	t.is(cookie?.sameSite, 'lax');
	t.is(cookie?.domain, 'a.test');
	t.true(cookie?.secure);
	t.false(cookie?.httpOnly);
	t.is(readSetCookie('a=b; Expires=Thu, 01-Jan-2026 00:01:00 GMT', now)?.lifetime, 60);
	t.is(readSetCookie('a=b; Max-Age=never', now)?.lifetime, undefined);
	t.is(readSetCookie('secret-without-a-name', now)?.name, '');
	t.is(readSetCookie('  ', now), undefined);
});

test('tags are found where a browser finds them, and nowhere else', t => {
	const names = (html: string) => tagsOf(html).map(({name}) => name);

	t.deepEqual(names('<p><!-- <script src=a> --><A href=x>1 < 2</A><script>"<img src=y>"</script><br/>'), [
		'p',
		'a',
		'script',
		'br',
	]);
	t.deepEqual(names('<title><img></title><img'), ['title', 'img']);
	t.deepEqual(
		[...(tagsOf(`<a HREF = "x&amp;y" href=z data-a='1"2' b c=d>`)[0]?.attributes ?? [])],
		[
			['href', 'x&y'],
			['data-a', '1"2'],
			['b', ''],
			['c', 'd'],
		],
	);
	t.is(tagsOf('<img src=&#104;ttps:&sol;&#x2f;a.example>')[0]?.attributes.get('src'), 'https://a.example');
});

test('names of a query are read from a log in whatever way it writes addresses, and values are not', t => {
	t.deepEqual(
		queryNamesIn('1.2.3.4 - - [x] "GET /a?email=jo@x.test&b HTTP/1.1" 200 5 "https://r.test/?c=1"'),
		['email', 'b', 'c'],
	);
	t.deepEqual(queryNamesIn('{"path":"/a?user[mail]=1\\u0026x","status":200}'), ['user[mail]']);
	t.deepEqual(queryNamesIn('Is this a question? email=me'), []);
});
