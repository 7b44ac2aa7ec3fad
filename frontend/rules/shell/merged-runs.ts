import type {Dockerfile, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Script} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, Subject} from '../rule.ts';
import {chainOf} from './lists.ts';

/** Told once for neighbours: each RUN of the final stages is a layer of its own, and what a later one deletes stays in it. */
export const mergedRuns: Rule = function* (subject) {
	const {file, dockerfile} = subject;
	for (const [first, second, ...more] of groupsOf(subject)) {
		if (first === undefined || second === undefined) {
			continue;
		}
		const all = [first, second, ...more];
		const edits = all.flatMap((script, at) => joined(dockerfile, all[at - 1], script) ?? []);
		const message = `${all.length} RUN instructions follow each other here, and each makes a layer that keeps what the next one deletes: join them by &&.`;
		yield {
			result: 'fail',
			message,
			place: {file, line: second.instruction.line},
			...(edits.length === 0 ? {} : {fix: {title: 'one RUN instead of several', edits}}),
		};
	}
};

/** Scripts of RUNs that follow each other with the same flags. */
function groupsOf(subject: Subject): readonly (readonly Script[])[] {
	const groups: Script[][] = [];
	const places = new Map(subject.dockerfile.instructions.map((instruction, at) => [instruction, at]));
	for (const script of ranScripts(subject)) {
		const group = groups.at(-1);
		const last = group?.at(-1);
		if (!isOrdinary(script) || subject.roleOf(script.stage) !== 'final') {
			groups.push([]);
		} else if (group !== undefined && last !== undefined && isNext(last, script, places)) {
			group.push(script);
		} else {
			groups.push([script]);
		}
	}
	return groups;
}

/** In shell form, and not a here-document. */
function isOrdinary({instruction, dialect}: Script): boolean {
	return instruction.heredocs.length === 0 && (dialect === 'sh' || dialect === 'bash');
}

function isNext(
	before: Script,
	{stage, instruction}: Script,
	places: ReadonlyMap<Instruction, number>,
): boolean {
	return (
		before.stage === stage &&
		(places.get(before.instruction) ?? 0) + 1 === places.get(instruction) &&
		flagsOf(before.instruction) === flagsOf(instruction)
	);
}

function flagsOf({flags}: Instruction): string {
	return JSON.stringify(flags.map(({name, value}) => [name, value]));
}

/** So quick that it does not matter whether a change of the next command makes them run again. */
const CHEAP: ReadonlySet<string> = new Set([
	...[
		'mkdir',
		'rmdir',
		'chmod',
		'chown',
		'chgrp',
		'ln',
		'cp',
		'mv',
		'rm',
		'touch',
		'echo',
		'printf',
		'true',
		':',
	],
	...[
		'test',
		'[',
		'useradd',
		'groupadd',
		'adduser',
		'addgroup',
		'usermod',
		'userdel',
		'sed',
		'cat',
		'tee',
		'install',
	],
	...['chpasswd', 'passwd', 'ldconfig', 'update-alternatives', 'setcap', 'truncate'],
]);

const TOOL_COMMENT = /hadolint|sallyport|check=|trivy|checkov|kics|dockle|tally/i;

/** Makes one chain of two, with the comments between them. */
function joined(dockerfile: Dockerfile, before: Script | undefined, script: Script): Edit | undefined {
	if (before === undefined || !isChain(before) || !isChain(script) || !isCheap(before)) {
		return undefined;
	}
	const start = before.instruction.span.end;
	const end = script.spanOf(0, 1)?.start;
	if (end === undefined || end < start || before.instruction.openEscapes !== undefined) {
		return undefined;
	}
	const gap = new TextDecoder().decode(dockerfile.bytes.subarray(start, script.instruction.span.start));
	const comments = gap.split('\n').filter(line => line.trim().startsWith('#'));
	if (comments.some(comment => TOOL_COMMENT.test(comment)) || gap.includes('\r') || !gap.startsWith('\n')) {
		return undefined;
	}
	const kept = comments.map(comment => `${comment}\n`).join('');
	return {span: {start, end}, text: ` && ${dockerfile.escape}\n${kept}    `};
}

function isChain(script: Script): boolean {
	return chainOf(script) !== undefined && !script.text.includes('#');
}

/** It costs nothing to run again, and leaves nothing of its shell that the next one's commands would see. */
function isCheap({commands, text}: Script): boolean {
	return !/\(\)|function |\$\{\w+:?=/.test(text) && commands.every(({name}) => CHEAP.has(name));
}
