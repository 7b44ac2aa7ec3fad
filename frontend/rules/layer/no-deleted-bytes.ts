import type {Stage} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule, Subject} from '../rule.ts';
import {below} from '../secret/paths.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {type Copy, copiesOf, isWhole} from './copies.ts';

export const noDeletedBytes: Rule = function* (subject) {
	const {scripts, chain, file} = subject;
	const own = new Set<Stage>(chain.stages);
	const added = addedFiles(subject, own);
	const runs =
		added.length === 0
			? []
			: scripts.filter(
					({instruction, isTrigger, stage}) => instruction.keyword === 'RUN' && !isTrigger && own.has(stage),
				);
	const told = new Set<Added>();
	const standings = standingsOf(subject);
	for (const {commands, instruction} of runs) {
		const standing = standings.get(instruction);
		for (const command of commands) {
			const removed = removedBy(command).flatMap(path =>
				standing === undefined ? [] : (pathAt(standing, path) ?? []),
			);
			const hit = added.find(
				each =>
					each.line < instruction.line &&
					!told.has(each) &&
					removed.some(path => below(path, each.path) !== undefined),
			);
			if (hit !== undefined) {
				told.add(hit);
				const message = `${quoted(hit.path)} came in with line ${hit.line} and is removed here, but its bytes stay in that layer for whoever pulls the image: mount it instead (RUN --mount=type=bind,source=…), or fetch, use and remove it in one RUN.`;
				yield {result: 'fail', message, place: {file, line: command.line}};
			}
		}
	}
};

interface Added {
	readonly path: string;
	readonly line: number;
}

/** Files beyond this are not followed: nobody copies so many one by one. */
const MAX_ADDED = 256;

/** What COPY and ADD bring into the image under a name that is known. */
function addedFiles(subject: Subject, own: ReadonlySet<Stage>): readonly Added[] {
	const standings = standingsOf(subject);
	const added: Added[] = [];
	for (const copy of copiesOf(subject).filter(({stage}) => own.has(stage))) {
		const standing = standings.get(copy.instruction);
		const paths = standing === undefined ? [] : targetsOf(copy).map(path => pathAt(standing, path));
		for (const path of paths) {
			if (path !== undefined && path !== '/' && added.length < MAX_ADDED) {
				added.push({path, line: copy.instruction.line});
			}
		}
	}

	return added;
}

/** Where the sources end up; nothing for patterns, for everything, and for what ADD unpacks. */
function targetsOf({step, sources, destination, instruction}: Copy): readonly string[] {
	const target = step.expand(destination);
	const expanded = sources.map(source => step.expand(source) ?? '');
	const isPlain = expanded.every(source => source !== '' && !isWhole(source) && !/[*?[]/.test(source));
	if (target === undefined || target === '' || !isPlain) {
		return [];
	}

	const isUnpacked =
		instruction.keyword === 'ADD' &&
		expanded.some(source => /\.(?:tar|tgz|tbz|txz|gz|bz2|xz|zst)/.test(source) && !/^https?:/.test(source));
	const isInto = /(?:^|\/)\.{0,2}$/.test(target);
	if (isUnpacked) {
		return [];
	}

	// A folder's content goes into the destination, so only a file's name says where it is.
	return isInto
		? expanded
				.filter(source => /[^/.]\.[a-zA-Z0-9]+$/.test(source))
				.map(source => `${target}/${source.slice(source.lastIndexOf('/') + 1)}`)
		: [target];
}

function removedBy(command: Command): readonly string[] {
	return command.name === 'rm' && !command.isConditional
		? operandsOf(command).flatMap(({value}) => (value === undefined || value === '' ? [] : [value]))
		: [];
}
