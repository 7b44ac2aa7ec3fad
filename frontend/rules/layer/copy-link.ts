import type {Stage} from '../../dockerfile/ast.ts';
import {withFlag} from '../instruction-edits.ts';
import type {Rule, Subject} from '../rule.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {type Copy, copiesOf} from './copies.ts';

export const copyLink: Rule = function* (subject) {
	const {file, roleOf} = subject;
	const standings = standingsOf(subject);
	const folders = foldersFromNothing(subject);
	const linkable = copiesOf(subject).filter(copy => roleOf(copy.stage) === 'final' && mayLink(copy));
	for (const copy of linkable) {
		const {instruction, stage, step, destination} = copy;
		const path = step.expand(destination);
		const standing = standings.get(instruction);
		const top = standing === undefined ? undefined : topOf(pathAt(standing, path ?? ''));
		if (path === undefined || top === undefined || LINKED.has(top)) {
			continue;
		}

		const isSafe = folders.get(stage)?.get(top) === instruction.line;
		const remedy = isSafe
			? 'write --link'
			: 'write --link, if no folder on the way to the destination is a symbolic link';
		yield {
			result: 'fail',
			message: `This layer is made anew whenever one below it changes, although it only copies: ${remedy}.`,
			place: {file, line: instruction.line},
			...(isSafe ? {fix: {title: '--link', edits: [withFlag(instruction, '--link')]}} : {}),
		};
	}
};

/** What is taken from a stage or an image, without what needs to know the files that are there. */
function mayLink({instruction, from}: Copy): boolean {
	const {flags} = instruction;
	return (
		from !== undefined && !flags.some(({name}) => name === 'link' || name === 'chown' || name === 'parents')
	);
}

/** Folders that are symbolic links, or have modes of their own, in most images; the root itself is like any of them. */
const LINKED: ReadonlySet<string> = new Set([
	'',
	'bin',
	'lib',
	'lib32',
	'lib64',
	'sbin',
	'tmp',
	'var',
	'run',
]);

function topOf(path: string | undefined): string | undefined {
	return path?.split('/')[1];
}

/**
 * For stages made from nothing: which folders of the root a single copy makes, and its line. There nothing else can be on the
 * way, so --link changes nothing.
 */
function foldersFromNothing(subject: Subject): ReadonlyMap<Stage, ReadonlyMap<string, number>> {
	const standings = standingsOf(subject);
	const copies = Map.groupBy(copiesOf(subject), ({stage}) => stage);
	return new Map(
		subject.dockerfile.stages
			.filter(stage => isFromNothing(subject, stage))
			.map(stage => [stage, singleFolders(copies.get(stage) ?? [], standings)] as const),
	);
}

function isFromNothing({references}: Subject, stage: Stage): boolean {
	const [from] = references.get(stage) ?? [];
	return from?.ref === 'scratch' && from.stage === undefined && !stage.instructions.some(makesFiles);
}

function singleFolders(
	copies: readonly Copy[],
	standings: ReturnType<typeof standingsOf>,
): ReadonlyMap<string, number> {
	const tops = copies.map(({instruction, step, destination}) => {
		const standing = standings.get(instruction);
		const path = step.expand(destination);
		const top = standing === undefined || path === undefined ? undefined : topOf(pathAt(standing, path));
		return {line: instruction.line, top};
	});
	// One copy into the root, or to who knows where, may have made any folder.
	const isClear = tops.every(({top}) => top !== undefined && top !== '');
	const byTop = Map.groupBy(isClear ? tops : [], ({top}) => top ?? '');
	return new Map(
		[...byTop].flatMap(([top, [one, ...more]]) =>
			one === undefined || more.length > 0 ? [] : [[top, one.line] as const],
		),
	);
}

function makesFiles({keyword}: {readonly keyword: string}): boolean {
	return keyword === 'RUN' || keyword === 'WORKDIR';
}
