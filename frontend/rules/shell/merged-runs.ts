import type {Dockerfile, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Script} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, Subject} from '../rule.ts';
import {chainOf} from './lists.ts';
import {heldKeyword} from './whole.ts';

/** Told once for neighbours: each RUN of the final stages is a layer of its own, and what a later one deletes stays in it. */
export const mergedRuns: Rule = function* (subject) {
	const {file, dockerfile} = subject;
	for (const [first, second, ...more] of groupsOf(subject)) {
		if (first === undefined || second === undefined) {
			continue;
		}
		const all = [first, second, ...more];
		const edits = joinsOf(dockerfile, all, tidy);
		const message =
			'RUN instructions follow each other here, and each makes a layer that keeps what the next one deletes: join them by &&.';
		yield {
			result: 'fail',
			message,
			place: {file, line: second.instruction.line},
			...(edits.length === 0
				? {}
				: {
						fix: {
							title: 'one RUN instead of several',
							edits,
							kept: joinsOf(dockerfile, all, kept),
							// What is to be done about each of them is to be done about the whole.
							goesFirst: true,
						},
					}),
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

/** How the lines between two that are joined are written. */
type Between = (line: string) => readonly string[];

const isComment = (line: string): boolean => line.trim().startsWith('#');
/** In a file: the comments alone. */
const tidy: Between = line => (isComment(line) ? [line] : []);
/** In a build: as many as before. An empty line may not stand inside of an instruction, and an empty comment may. */
const kept: Between = line => (isComment(line) ? [line] : ['#']);

function joinsOf(dockerfile: Dockerfile, scripts: readonly Script[], between: Between): readonly Edit[] {
	const joins = scripts.map((script, at) => {
		const before = scripts[at - 1];
		return before === undefined ? undefined : joined(dockerfile, before, script, between);
	});
	// The keyword of the first of each chain stays, the others' go.
	return joins.flatMap((join, at) => {
		const first = joins[at - 1] === undefined ? scripts[at - 1] : undefined;
		const held =
			first === undefined || join === undefined ? [] : [heldKeyword(dockerfile, first.instruction)];
		return join === undefined ? [] : [...held, join];
	});
}

/** Makes one chain of two, with the comments between them. */
function joined(dockerfile: Dockerfile, before: Script, script: Script, between: Between): Edit | undefined {
	if (!isChain(before) || !isChain(script) || !isCheap(before)) {
		return undefined;
	}
	const start = before.instruction.span.end;
	// With its first character: what another repair would put before it belongs to a RUN of its own.
	const first = script.spanOf(0, 1);
	if (first === undefined || first.start < start || before.instruction.openEscapes !== undefined) {
		return undefined;
	}
	const gap = new TextDecoder().decode(dockerfile.bytes.subarray(start, script.instruction.span.start));
	if (TOOL_COMMENT.test(gap) || gap.includes('\r') || !gap.startsWith('\n')) {
		return undefined;
	}
	const lines = gap.split('\n').slice(1, -1).flatMap(between);
	const text = ` && ${dockerfile.escape}\n${lines.map(line => `${line}\n`).join('')}    ${script.text.slice(0, 1)}`;
	return first.end === first.start + 1 ? {span: {start, end: first.end}, text} : undefined;
}

function isChain(script: Script): boolean {
	return chainOf(script) !== undefined && !script.text.includes('#');
}

/** It costs nothing to run again, and leaves nothing of its shell that the next one's commands would see. */
function isCheap({commands, text}: Script): boolean {
	return !/\(\)|function |\$\{\w+:?=/.test(text) && commands.every(({name}) => CHEAP.has(name));
}
