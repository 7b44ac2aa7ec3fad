import type {Word} from '../../dockerfile/ast.ts';
import type {Step} from '../../stages/chain.ts';
import type {Role, Subject} from '../rule.ts';

/** One port or range of an EXPOSE, as BuildKit reads it. */
export interface Exposed {
	readonly step: Step;
	readonly word: Word;
	/** With the values of its variables. */
	readonly text: string;
	/** True when it stands in the file as it is read. */
	readonly isLiteral: boolean;
	/** The ports, both ends included; absent when they are no numbers. */
	readonly range: {readonly first: number; readonly last: number} | undefined;
	/** As written; `tcp` when nothing is. */
	readonly protocol: string;
	/** Whether an address or a host's port stands before it. */
	readonly isMapping: boolean;
}

/** Everything that EXPOSE says in stages of these roles. What depends on the platform is left out. */
export function exposedIn({steps, roleOf}: Subject, ...roles: readonly Role[]): readonly Exposed[] {
	return steps
		.filter(({instruction, stage}) => instruction.keyword === 'EXPOSE' && roles.includes(roleOf(stage)))
		.flatMap(step => step.instruction.words.flatMap(word => readWord(step, word)));
}

function readWord(step: Step, word: Word): readonly Exposed[] {
	// A variable may hold several ports.
	const texts = (step.expand(word.text) ?? '').split(/\s+/).filter(text => text !== '');
	return texts.map(text => {
		const slash = text.indexOf('/');
		const ports = slash === -1 ? text : text.slice(0, slash);
		const colon = ports.lastIndexOf(':');
		return {
			step,
			word,
			text,
			isLiteral: text === word.text,
			range: rangeOf(ports.slice(colon + 1)),
			protocol: slash === -1 ? 'tcp' : text.slice(slash + 1),
			isMapping: colon !== -1,
		};
	});
}

function rangeOf(text: string): Exposed['range'] {
	const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? [];
	return first === undefined ? undefined : {first: Number(first), last: Number(last)};
}

export function holds({range}: Exposed, port: number): boolean {
	return range !== undefined && range.first <= port && port <= range.last;
}

export function isTcp({protocol}: Exposed): boolean {
	return protocol.toLowerCase() === 'tcp';
}
