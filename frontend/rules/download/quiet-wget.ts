import type {Edit} from '../../dockerfile/edit.ts';
import {insertAfter} from '../../shell/edits.ts';
import {type Family, familiesOf} from '../base-family.ts';
import {ranCommands} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {type Fetch, fetchesOf, has} from './fetches.ts';

export const quietWget: Rule = function* (subject) {
	const {file} = subject;
	const loud = fetchesOf(subject).filter(fetch => fetch.tool === 'wget' && isLoud(fetch));
	if (loud.length === 0) {
		return;
	}
	const families = familiesOf(subject);
	const installed = new Set(
		ranCommands(subject, 'apk')
			.filter(({args}) => args.some(({value}) => value === 'wget'))
			.map(({script: {stage}}) => stage),
	);
	for (const fetch of loud) {
		const {stage} = fetch.command.script;
		const edit = quieter(fetch, families.get(stage), installed.has(stage));
		yield {
			result: 'fail',
			message:
				"wget draws its progress line by line into the build's log: add -nv, or -q where it is busybox's own wget.",
			place: {file, line: fetch.command.line},
			...(edit === undefined ? {} : {fix: {title: 'wget without its progress', edits: [edit]}}),
		};
	}
};

const QUIET = [
	'q',
	'quiet',
	'nv',
	'no-verbose',
	'progress',
	'o',
	'output-file',
	'a',
	'append-output',
	'b',
	'spider',
];

function isLoud({given, command}: Fetch): boolean {
	const isElsewhere = command.redirects.some(
		({descriptor, operator}) => descriptor === 2 || operator.startsWith('&>'),
	);
	return !has(given, ...QUIET) && !command.args.some(({text}) => text === '-nv') && !isElsewhere;
}

/** busybox does not know `-nv`, and its `-q` still tells errors; the other's would hide them. */
function quieter(
	{command: {nameWord}}: Fetch,
	family: Family | undefined,
	isInstalled: boolean,
): Edit | undefined {
	if (nameWord === undefined || family === undefined) {
		return undefined;
	}
	return insertAfter(nameWord, family === 'alpine' && !isInstalled ? ' -q' : ' -nv');
}
