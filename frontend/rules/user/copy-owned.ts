import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Step} from '../../stages/chain.ts';
import {withFlag} from '../instruction-edits.ts';
import {firstRepairs} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {below} from '../secret/paths.ts';
import {pathAt, type Standing, standingsOf} from '../standing.ts';
import {commandsIn} from './accounts.ts';
import {isRoot} from './final-user.ts';

export const copyOwned: Rule = function* (subject) {
	const repair = firstRepairs();
	const standings = standingsOf(subject);
	const owned = ownedFolders(subject, standings);
	for (const step of subject.steps) {
		const {instruction} = step;
		const standing = standings.get(instruction);
		const path = standing === undefined ? undefined : targetOf(subject, step, standing);
		const user = standing?.user;
		if (path === undefined || user === undefined || isRoot(user)) {
			continue;
		}

		const [name = ''] = user.split(':');
		if (
			path.startsWith(`/home/${name}/`) ||
			owned.some(each => each.owner === name && isIn(each.path, path))
		) {
			const fix = repair(() => fixOf(subject, step, user));
			yield {
				result: 'fail',
				message: `${instruction.keyword} makes files that belong to root, whatever USER says, and ${quoted(path)} lies in a folder of ${quoted(name)}, who cannot change them there: write --chown=${quoted(user).slice(1, -1)}.`,
				place: {file: subject.file, line: instruction.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function targetOf({roleOf}: Subject, step: Step, standing: Standing): string | undefined {
	const target = roleOf(step.stage) === 'final' ? copyTarget(step) : undefined;
	return target === undefined ? undefined : pathAt(standing, target);
}

/** Where a COPY or ADD of the build context puts its files; absent when it says whom they belong to. */
function copyTarget({instruction, expand}: Step): string | undefined {
	const {keyword, flags, json, words} = instruction;
	// What comes from another stage keeps its owner.
	const isPlain =
		(keyword === 'COPY' || keyword === 'ADD') && !flags.some(({name}) => name === 'from' || name === 'chown');
	return isPlain ? expand((json ?? words.map(({text}) => text)).at(-1) ?? '') || undefined : undefined;
}

interface Owned {
	readonly path: string;
	readonly owner: string;
}

/** More folders than this are not compared with every COPY. */
const MAX_OWNED = 32;

/** Folders that a step gives to a user. */
function ownedFolders(subject: Subject, standings: ReadonlyMap<Instruction, Standing>): readonly Owned[] {
	return commandsIn(subject, 'final', 'chown')
		.flatMap(command => {
			const [owner, ...paths] = operandsOf(command).map(({value}) => value);
			const standing = standings.get(command.script.instruction);
			const [name = ''] = owner?.split(/[:.]/) ?? [];
			return paths.flatMap(text => {
				const path = text === undefined || standing === undefined ? undefined : pathAt(standing, text);
				return path === undefined || path === '/' || name === '' ? [] : [{path, owner: name}];
			});
		})
		.slice(0, MAX_OWNED);
}

function isIn(folder: string, path: string): boolean {
	return below(folder, path) !== undefined;
}

function fixOf({steps}: Subject, {stage, instruction}: Step, user: string): Fix | undefined {
	const known = steps.some(
		step =>
			step.stage === stage && step.instruction.keyword === 'USER' && step.instruction.args.trim() === user,
	);
	return known && /^[\w.-]+(?::[\w.-]+)?$/.test(user)
		? {title: `--chown=${user}`, edits: [withFlag(instruction, `--chown=${user}`)]}
		: undefined;
}
