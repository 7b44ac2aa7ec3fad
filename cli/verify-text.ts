import {broken, failures, type Kind, waived} from '../frontend/kinds.ts';
import {paint, wrap} from '../frontend/paint.ts';
import type {Look} from '../frontend/report.ts';
import {catalogue, isControlId} from '../policies/catalogue.ts';
import {availabilityControls} from '../policies/controls/availability.ts';
import {cacheControls} from '../policies/controls/cache.ts';
import {changeControls} from '../policies/controls/change.ts';
import {headerControls} from '../policies/controls/header.ts';
import {imageControls} from '../policies/controls/image.ts';
import {isolationControls} from '../policies/controls/isolation.ts';
import {loggingControls} from '../policies/controls/logging.ts';
import {privacyControls} from '../policies/controls/privacy.ts';
import {proxyControls} from '../policies/controls/proxy.ts';
import {secretControls} from '../policies/controls/secret.ts';
import type {CheckStatement} from '../proto/statement.ts';
import {printable} from './printable.ts';
import type {Examined} from './verify-examined.ts';

const groups: readonly (readonly [title: string, controls: Readonly<Record<string, unknown>>])[] = [
	['Isolation', isolationControls],
	['Secrets', secretControls],
	['Proxy and TLS', proxyControls],
	['Headers', headerControls],
	['Caching', cacheControls],
	['Availability', availabilityControls],
	['Logs and incidents', loggingControls],
	['Change and record', changeControls],
	['Image', imageControls],
	['Privacy', privacyControls],
];

/** Worst first. What is not here passed, did not apply or was not evaluated, and is told in one line for many. */
const kinds: Readonly<Record<string, Kind>> = {
	'fail error': failures.error,
	'error error': broken,
	'error warn': broken,
	'error info': broken,
	'fail warn': failures.warn,
	'fail info': failures.info,
	'waived error': waived,
	'waived warn': waived,
	'waived info': waived,
};
const order = Object.keys(kinds);

/** For people: what is wrong and what to do, the worst group first. */
export function textOf(
	{name, details, verdict, checks, notes}: Examined,
	look: Look,
	{isBrief = false}: {readonly isBrief?: boolean} = {},
): string {
	const head = [
		paint(printable(name), 'bold', look),
		...details.map(each => paint(printable(each), 'dim', look)),
	];
	const told = groups
		.map(([title, controls]) => ({
			title,
			checks: checks.filter(({control}) => Object.hasOwn(controls, control)),
		}))
		.filter(group => group.checks.length > 0)
		.toSorted((a, b) => worstOf(a.checks) - worstOf(b.checks))
		.map(group => groupText(group.title, group.checks, look, isBrief))
		.filter(text => text !== '');
	return [
		head.join('  '),
		...told,
		...unseenText(checks, look, isBrief),
		...notes.map(note => wrap(note, look.width - 4, '  ')),
		summaryOf(verdict, checks, look),
		'',
	].join('\n');
}

function worstOf(checks: readonly CheckStatement[]): number {
	return Math.min(...checks.map(rankOf));
}

function rankOf({result, level}: CheckStatement): number {
	const at = order.indexOf(`${result} ${level}`);
	return at === -1 ? order.length : at;
}

function groupText(title: string, checks: readonly CheckStatement[], look: Look, isBrief: boolean): string {
	const passed = checks.filter(({result}) => result === 'pass' || result === 'fixed');
	const shown = checks
		.filter(check => rankOf(check) < order.length)
		.toSorted((a, b) => rankOf(a) - rankOf(b) || a.control.localeCompare(b.control));
	if (shown.length === 0 && (isBrief || passed.length === 0)) {
		return '';
	}

	const counted = paint(`${passed.length} of ${checks.length} pass`, 'dim', look);
	const names = passed.map(({control}) => control).join(', ');
	return [
		`${paint(title, 'bold', look)}  ${counted}`,
		...shown.flatMap(check => blockOf(check, look)),
		...(isBrief || names === ''
			? []
			: [wrap(names, look.width - 4, '    ').replace(/^ {4}/, `  ${paint('✔', 'green', look)} `)]),
	].join('\n');
}

function blockOf(check: CheckStatement, look: Look): readonly string[] {
	const {control, result, level, criteria, message = ''} = check;
	const {mark, word, style} = kinds[`${result} ${level}`] ?? {mark: '?', word: result, style: 'dim'};
	const remedy = result === 'fail' && isControlId(control) ? catalogue[control].remedy : '';
	return [
		[
			`  ${paint(`${mark} ${word}`, style, look)}`,
			control,
			paint(`supports ${criteria.join(', ')}`, 'dim', look),
		].join('  '),
		...(message === '' ? [] : [wrap(message, look.width - 8, '      ')]),
		...(remedy === '' ? [] : [wrap(`→ ${remedy}`, look.width - 8, '      ')]),
	];
}

/** What could not be looked at is no pass. Many controls share a reason, which is then said once. */
function unseenText(checks: readonly CheckStatement[], look: Look, isBrief: boolean): readonly string[] {
	const unseen = checks.filter(({result}) => result === 'not-evaluated');
	if (unseen.length === 0) {
		return [];
	}

	if (isBrief) {
		return [paint(`  ${unseen.length} not evaluated, which is no pass`, 'dim', look)];
	}

	const byReason = Map.groupBy(unseen, ({message = ''}) => message);
	return [
		`${paint('Not evaluated', 'bold', look)}  ${paint('which is no pass', 'dim', look)}`,
		...[...byReason].map(([reason, same]) =>
			wrap(
				`${same.map(({control}) => control).join(', ')}: ${reason || 'nobody could look'}`,
				look.width - 4,
				'    ',
			).replace(/^ {4}/, `  ${paint('?', 'yellow', look)} `),
		),
	];
}

const styles = {pass: 'green', fail: 'red', incomplete: 'yellow'} as const;

function summaryOf(verdict: Examined['verdict'], checks: readonly CheckStatement[], look: Look): string {
	const count = (...results: readonly string[]): number =>
		checks.filter(({result}) => results.includes(result)).length;
	const required = checks.filter(({result, level}) => result === 'fail' && level === 'error').length;
	const parts = [
		`${count('pass', 'fixed')} of ${checks.length} controls pass`,
		`${count('fail')} fail (${required} of them required)`,
		...(count('waived') > 0 ? [`${count('waived')} waived`] : []),
		...(count('error') > 0 ? [`${count('error')} looks broke off`] : []),
		`${count('not-evaluated')} not evaluated`,
		`${count('not-applicable')} do not apply`,
	];
	return wrap(`${verdict}: ${parts.join(', ')}`, look.width - 2, '').replace(
		verdict,
		paint(verdict, styles[verdict], look),
	);
}
