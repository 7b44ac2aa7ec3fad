import {readFileSync} from 'node:fs';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import test from 'ava';
import {sarifLog} from '../../cli/format-sarif.ts';
import {emptyReport, type Told} from '../../cli/told.ts';
import {folderWith, typed} from '../helpers/typed.ts';

const TOKEN = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
const schema: unknown = JSON.parse(
	readFileSync(new URL('../fixtures/sarif/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8'),
);

/** Why a log is not SARIF 2.1.0; nothing when it is. */
function faultsOf(log: unknown): readonly string[] {
	// The schema holds a pattern that is only one without the Unicode flag.
	const ajv = new Ajv.default({strict: false, unicodeRegExp: false, allErrors: true});
	addFormats.default(ajv);
	const isValid = ajv.compile(schema as object);
	isValid(log);
	return (isValid.errors ?? []).map(({instancePath, message}) => `${instancePath} ${message}`);
}

test('what check writes is SARIF 2.1.0 by its schema, with files that cannot be judged too', async t => {
	const path = folderWith(t, {
		'a b/Dockerfile': `FROM node:24\nENV KEY=${TOKEN}\nRUN cd /x && ls\n`,
		broken: 'FROM scratch\nNONSENSE\n',
		'compose.yaml': 'services: {a: {build: "a b"}, b: {build: "a b"}}',
	});

	const {out, code} = await typed([
		'check',
		path('compose.yaml'),
		path('broken'),
		path('none'),
		'--format',
		'sarif',
	]);
	const log = JSON.parse(out);

	t.is(code, 2);
	t.deepEqual(faultsOf(log), []);
	t.true(faultsOf({...log, version: '2.0.0'}).length > 0, 'the schema is in force');
	t.is(log.runs.length, 1);
	const [{invocations, results}] = log.runs;
	t.false(invocations[0].executionSuccessful);
	t.is(invocations[0].toolExecutionNotifications.length, 2);
	t.true(
		results.some(
			({properties}: {properties?: {builds?: readonly string[]}}) => properties?.builds?.length === 2,
		),
	);
	t.false(out.includes(TOKEN));
});

const told: Told = {
	rule: 'pinned-base',
	criteria: ['CC8.1'],
	result: 'fail',
	level: 'warn',
	message: 'one',
	url: 'https://sallyport.dev/rules/pinned-base',
	file: 'a b/ü:1/Dockerfile',
	line: 3,
	endLine: 4,
	column: 2,
	endColumn: 5,
	builds: [],
};

interface Result {
	readonly partialFingerprints: Readonly<Record<string, string>>;
	readonly suppressions?: unknown;
	readonly locations: unknown;
	readonly ruleIndex: number;
}

function resultsOf(findings: readonly Told[]): readonly Result[] {
	const log = sarifLog([{...emptyReport('x'), findings}], 0) as {
		readonly runs: readonly {
			readonly results: readonly Result[];
			readonly tool: {
				readonly driver: {readonly rules: readonly {readonly id: string; readonly helpUri: string}[]};
			};
		}[];
	};
	return log.runs[0]?.results ?? [];
}

test('places are relative to the root of the sources, with lines and columns', t => {
	t.deepEqual(resultsOf([told])[0]?.locations, [
		{
			physicalLocation: {
				artifactLocation: {uri: 'a%20b/%C3%BC%3A1/Dockerfile', uriBaseId: 'SRCROOT'},
				region: {startLine: 3, startColumn: 2, endLine: 4, endColumn: 5},
			},
		},
	]);
});

test('a finding that moves stays the same one, and two of a kind are two', t => {
	const [first, second, other] = resultsOf([told, {...told, line: 9}, {...told, message: 'two'}]).map(
		({partialFingerprints}) => partialFingerprints['sallyport/v1'],
	);
	const [moved] = resultsOf([{...told, line: 30, endLine: 31, column: 7}]);

	t.regex(first ?? '', /^[0-9a-f]{64}$/);
	t.is(moved?.partialFingerprints['sallyport/v1'], first);
	t.is(new Set([first, second, other]).size, 3);
});

test('what a comment sets aside is there, and suppressed with its reason', t => {
	const log = sarifLog(
		[{...emptyReport('x'), findings: [{...told, ignored: {reason: 'for a while', line: 2}}]}],
		0,
	);

	t.deepEqual(faultsOf(log), []);
	t.deepEqual(resultsOf([{...told, ignored: {reason: 'for a while'}}])[0]?.suppressions, [
		{kind: 'inSource', justification: 'for a while'},
	]);
});

test('every rule has its address, its criteria and its other names; an organisation’s own is a rule too', t => {
	const log = sarifLog([{...emptyReport('x'), findings: [{...told, rule: 'x-mine'}]}], 0) as {
		readonly runs: readonly {
			readonly results: readonly Result[];
			readonly tool: {
				readonly driver: {
					readonly rules: readonly {
						readonly id: string;
						readonly helpUri: string;
						readonly properties?: {
							readonly criteria: readonly string[];
							readonly aliases: readonly string[];
							readonly severity: string;
						};
					}[];
				};
			};
		}[];
	};
	const rules = log.runs[0]?.tool.driver.rules ?? [];
	const pinned = rules.find(({id}) => id === 'apt-no-recommends');

	t.deepEqual(faultsOf(log), []);
	t.is(rules[log.runs[0]?.results[0]?.ruleIndex ?? -1]?.id, 'x-mine');
	t.is(pinned?.helpUri, 'https://sallyport.dev/rules/apt-no-recommends');
	t.true(pinned?.properties?.aliases.includes('DL3015'));
	t.is(new Set(rules.map(({id}) => id)).size, rules.length);
});
