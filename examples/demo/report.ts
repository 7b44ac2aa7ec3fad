import type {Built} from './build.ts';
import type {Container} from './container.ts';
import type {Recorded} from './record.ts';
import type {Daemon} from './watch.ts';

export interface Told {
	readonly built: Built;
	readonly container: Container;
	readonly daemon: Daemon;
	readonly record: Recorded;
	readonly isColored: boolean;
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, number>> = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33};
const marks: Readonly<Record<string, readonly [mark: string, style: Style]>> = {
	pass: ['✔', 'green'],
	fixed: ['✔', 'green'],
	fail: ['✖', 'red'],
	error: ['✖', 'red'],
	'not-evaluated': ['?', 'yellow'],
	'not-applicable': ['–', 'dim'],
	waived: ['~', 'yellow'],
};

/** The page that a person sees when the demo is done: what happened at each gate, and how to check it without us. */
export function report({built, container, daemon, record, isColored}: Told): string {
	const paint: Paint = (style, text) => (isColored ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
	const title = (text: string): string => `\n${paint('bold', text)}\n`;
	const {files, entry} = record;
	return [
		title('1  Build gate: what was found in examples/node-api/Dockerfile, and done about it'),
		indent(built.findings),
		'',
		`   image ${megabytes(built.plainBytes)} as BuildKit alone builds it, ${megabytes(built.bytes)} with proxy, supervisor and contract`,
		title(`2  Run gate: what the daemon verified in the container ${container.name}`),
		...checkLines(record, paint),
		'',
		`   verdict under the bundle: ${record.verdict}. This is evidence that supports the criteria named; it is no conclusion about them.`,
		title('3  Record: where it is, and how to check it without trusting us'),
		`   entry ${entry.id}, position ${entry.position} of an append-only log with ${record.logSize} entries`,
		'',
		indent(record.verification.text),
		'',
		paint('dim', '   ask the record'),
		`   curl -s ${daemon.url}/v1/entries/${entry.id}`,
		`   curl -s ${daemon.url}/v1/log/checkpoint`,
		'',
		paint(
			'dim',
			'   check the entry offline with cosign (Debian 13: apt install cosign), which knows nothing of us',
		),
		`   cosign verify-blob-attestation --key ${files.key} \\`,
		`     --bundle ${files.bundle} \\`,
		`     --trusted-root ${files.trustedRoot} \\`,
		`     --type ${record.predicateType} \\`,
		`     ${files.blob}`,
		title('4  It is still running'),
		`   curl -ki https://127.0.0.1:${container.https}/orders     ${paint('dim', 'the application, behind TLS, headers and limits')}`,
		`   curl -i http://127.0.0.1:${container.http}/              ${paint('dim', 'plain HTTP is only redirected')}`,
		`   npm run demo -- stop                          ${paint('dim', 'ends the container and the daemon')}`,
		'',
	].join('\n');
}

function checkLines({checks}: Recorded, paint: Paint): readonly string[] {
	const width = Math.max(...checks.map(({control}) => control.length));
	return checks.map(({control, result, criteria, message}) => {
		const [mark, style] = marks[result] ?? ['?', 'yellow'];
		const head = `   ${paint(style, mark)} ${control.padEnd(width)}  ${paint('dim', result.padEnd(14))} supports ${criteria.join(', ')}`;
		return message === undefined || result === 'pass' ? head : `${head}\n       ${paint('dim', message)}`;
	});
}

function indent(text: string): string {
	return text
		.split('\n')
		.map(line => (line === '' ? '' : `   ${line}`))
		.join('\n');
}

function megabytes(bytes: number): string {
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
