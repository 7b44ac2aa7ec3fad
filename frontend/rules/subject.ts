import type {Stage} from '../dockerfile/ast.ts';
import {mentionsIn} from '../shell/mention.ts';
import type {Command, Script} from '../shell/script.ts';
import {scriptsOf, unreadFrom} from '../shell/scripts.ts';
import {chainOf, everyStep} from '../stages/chain.ts';
import {referencesOf} from '../stages/references.ts';
import {ignoresOf} from './ignores.ts';
import type {Known, Role, Subject} from './rule.ts';

/** What is known → what rules look at. Each view is made when it is first asked for, and kept: most files need few of them. */
export function subjectOf(known: Known): Subject {
	const {dockerfile, target, needed, buildArgs, images} = known;
	const references = once(() => referencesOf(dockerfile, buildArgs));
	const chain = once(() => chainOf(references(), target));
	const roles = once(() => rolesOf(needed, chain().stages));
	const steps = once(() => [...everyStep(dockerfile, references(), buildArgs, images)]);
	const scripts = once(() => scriptsOf(dockerfile, dockerfile.stages));
	const unread = once(() => unreadFrom(dockerfile));
	const ignores = once(() => ignoresOf(dockerfile));
	// Parsing is what costs: only code that a name stands in is asked for its commands.
	const mentions = once(() => mentionsIn(scripts().filter(({isTrigger}) => !isTrigger)));
	const named = (isAsked: (script: Script) => boolean, names: readonly string[]): readonly Command[] => {
		const found = names.flatMap(name =>
			mentions()(name)
				.filter(isAsked)
				.flatMap(({commands}) => commands.filter(command => command.name === name)),
		);
		return names.length < 2 ? found : found.toSorted(inFile);
	};
	return {
		...known,
		derived: new Map(),
		get references() {
			return references();
		},
		get chain() {
			return chain();
		},
		get steps() {
			return steps();
		},
		get scripts() {
			return scripts();
		},
		get unreadFrom() {
			return unread();
		},
		get ignores() {
			return ignores();
		},
		roleOf: stage => roles().get(stage) ?? 'unused',
		commandsNamed: (...names) => named(() => true, names),
		commandsNamedIn: (isAsked, ...names) => named(isAsked, names),
	};
}

/** The same subject, and more about it; its views stay as lazy as they were. */
export function withMore(subject: Subject, more: Pick<Known, 'others' | 'unsound'>): Subject {
	return Object.assign(Object.create(subject) as Subject, more); // It is the subject with a field more.
}

function once<T>(make: () => T): () => T {
	let made: {readonly value: T} | undefined;
	return () => {
		made ??= {value: make()};
		return made.value;
	};
}

function rolesOf(needed: readonly Stage[], final: readonly Stage[]): ReadonlyMap<Stage, Role> {
	return new Map<Stage, Role>([
		...needed.map(stage => [stage, 'build'] as const),
		...final.map(stage => [stage, 'final'] as const),
	]);
}

function inFile(a: Command, b: Command): number {
	return a.line - b.line || (a.span?.start ?? 0) - (b.span?.start ?? 0);
}
