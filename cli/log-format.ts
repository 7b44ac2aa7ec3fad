import type {Look} from '../frontend/report.ts';
import {predicateTypes} from '../proto/statement.ts';
import {toldRows} from './log-told.ts';
import {printable} from './printable.ts';
import {type Fields, fieldsOf} from './record-client.ts';
import type {Verification} from './verify-bundle.ts';

/** Entries as a table, one line each, and what the list is worth below it. */
export function formatList(answer: Fields, look: Look): string {
	const rows = listOf(answer['entries']).map(entry => [
		text(entry['integratedAt']).replace(/\.000Z$/, 'Z'),
		text(entry['id']),
		text(entry['verdict']) || '-',
		text(entry['name']) || '-',
		text(entry['image']) || '-',
		typeOf(entry),
	]);
	const table = tableOf([['TIME', 'ENTRY', 'VERDICT', 'CONTAINER', 'IMAGE', 'KIND'], ...rows]);
	const shown = rows.length;
	const total = Number(answer['total']);
	const size = Number(fieldsOf(answer['checkpoint'])['size']);
	const rest =
		total > shown ? `${shown} of ${total} entries` : `${total} ${total === 1 ? 'entry' : 'entries'}`;
	const body = table.map((line, i) => (i === 0 ? line : colored(line, text(rows[i - 1]?.[2]), look)));
	return `${body.join('\n')}\n\n${rest}, in a signed tree of ${size}. ${integrityOf(answer)}\n`;
}

/** One entry: what it is about, and how each control ended. */
export function formatEntry(answer: Fields, look: Look): string {
	const entry = fieldsOf(answer['entry']);
	const statement = fieldsOf(answer['statement']);
	const predicate = fieldsOf(statement['predicate']);
	const subjects = listOf(statement['subject']).map(
		subject =>
			`${text(subject['name'])} ${Object.entries(fieldsOf(subject['digest'])).map(digest).join(' ')}`,
	);
	const about = [
		['entry', `${text(entry['id'])}, position ${text(entry['position'])}`],
		['taken', text(entry['integratedAt'])],
		['kind', text(statement['predicateType'])],
		...subjects.map(subject => ['subject', subject]),
		...(text(predicate['verdict']) === '' ? [] : [['verdict', text(predicate['verdict'])]]),
		...toldRows(predicate),
		...(predicate['policy'] === undefined ? [] : [['policy', text(fieldsOf(predicate['policy'])['name'])]]),
	];
	const checks = listOf(predicate['checks']).map(check => [
		text(check['result']),
		text(check['control']),
		listText(check['criteria']),
		text(check['message']),
	]);
	const lines = tableOf(checks).map((line, i) => colored(line, text(checks[i]?.[0]), look));
	return [
		...tableOf(about),
		...(lines.length === 0 ? [] : ['', ...lines]),
		'',
		`${integrityOf(answer)}\n`,
	].join('\n');
}

/** Every step with its mark, and one plain sentence. */
export function formatVerification({steps, passed, statement}: Verification, look: Look): string {
	const lines = steps.map(step => {
		const mark = step.passed ? paint('✓', 'green', look) : paint('✗', 'red', look);
		return `${mark} ${step.name.padEnd(14)} ${printable(step.detail)}`;
	});
	// SLSA's summary has its own word for it.
	const {verdict: ours, verificationResult} = statement?.predicate ?? {};
	const verdict = text(ours ?? verificationResult);
	const where = steps.some(({name}) => name === 'log')
		? ' and is in the log'
		: '. It is in no log: when it was signed is its own word';
	const said = verdict === '' ? '' : ` It says "${verdict}".`;
	const end = passed
		? `The record is authentic: this statement was signed by the given key${where}.${said}`
		: 'The record is NOT authentic: do not rely on what it says.';
	return `${lines.join('\n')}\n\n${end}\n`;
}

const hues: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
	pass: 'green',
	fixed: 'green',
	fail: 'red',
	error: 'red',
	incomplete: 'yellow',
	'not-evaluated': 'yellow',
	waived: 'yellow',
};

function colored(line: string, word: string, look: Look): string {
	const hue = Object.hasOwn(hues, word) ? hues[word] : undefined;
	return hue === undefined ? line : line.replace(word, () => paint(word, hue, look));
}

function paint(shown: string, hue: 'green' | 'red' | 'yellow', {isColored}: Look): string {
	const codes = {green: 32, red: 31, yellow: 33};
	return isColored ? `\u001B[${codes[hue]}m${shown}\u001B[0m` : shown;
}

function tableOf(rows: readonly (readonly string[])[]): readonly string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)));
	return rows.map(row =>
		row
			.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
			.join('  ')
			.trimEnd(),
	);
}

function integrityOf(answer: Fields): string {
	const {state, reason} = fieldsOf(answer['integrity']);
	return state === 'ok' ? 'The log is whole.' : `THE LOG IS BROKEN: ${text(reason)}`;
}

function typeOf(entry: Fields): string {
	const type = text(entry['predicateType']);
	return type === predicateTypes.verificationSummary
		? 'verification-summary'
		: type.replace(/^https:\/\/sallyport\.dev\/attestation\/([a-z-]+)\/v\d+$/, '$1');
}

function digest([algorithm, hex]: [string, unknown]): string {
	return `${printable(algorithm)}:${text(hex).slice(0, 12)}…`;
}

function listText(value: unknown): string {
	return Array.isArray(value) ? value.map(text).join(' ') : '';
}

function text(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? printable(String(value)) : '';
}

function listOf(value: unknown): readonly Fields[] {
	return Array.isArray(value) ? value.map(fieldsOf) : [];
}
