import {type FileReport, isFailure, type Told} from './told.ts';

const commands = {error: 'error', warn: 'warning', info: 'notice', off: 'notice'} as const;

/** Workflow commands that GitHub shows beside the lines of a pull request. */
export function annotations(reports: readonly FileReport[]): string {
	const problems = reports.flatMap(report => report.problems);
	const told = reports.flatMap(({findings}) => findings).filter(isFailure);
	return [
		...problems.map(({message, rule, ...place}) =>
			command('error', place, rule ?? 'cannot be judged', message),
		),
		...told.map(each => command(commands[each.level], each, titleOf(each), messageOf(each))),
	].join('');
}

interface Place {
	readonly file: string;
	readonly line?: number;
	readonly endLine?: number;
	readonly column?: number;
	readonly endColumn?: number;
}

function titleOf({rule, criteria}: Told): string {
	return criteria.length === 0 ? rule : `${rule} (supports ${criteria.join(', ')})`;
}

function messageOf({message, builds, url}: Told): string {
	const who = builds.length === 0 ? '' : ` (${builds.join(', ')})`;
	return `${message}${who} ${url}`;
}

function command(kind: string, place: Place, title: string, message: string): string {
	const {file, line = 1, endLine, column, endColumn} = place;
	// GitHub takes an end column only where the finding stays on its line.
	const end = endLine === undefined || endLine === line ? endColumn : undefined;
	const properties = Object.entries({file, line, endLine, col: column, endColumn: end, title})
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => `${key}=${property(String(value))}`);
	return `::${kind} ${properties.join(',')}::${data(message)}\n`;
}

// The escapes of GitHub's own toolkit: without them a message could begin a command of its own.
function data(text: string): string {
	return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
	return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
