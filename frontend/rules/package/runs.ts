import type {Script} from '../../shell/script.ts';
import {derived} from '../derived.ts';
import {ranScripts} from '../ran.ts';
import type {Role, Subject} from '../rule.ts';
import {type Invocation, invocationsIn} from './invocations.ts';
import type {ManagerName} from './managers.ts';

/** The code of a RUN of a stage that is built, and what it asks of package managers. */
export interface Run {
	readonly script: Script;
	readonly role: Role;
	readonly invocations: readonly Invocation[];
}

/** Every RUN that the build makes, in the order of the file: neither triggers nor stages that nothing asks for. */
export const runsOf: (subject: Subject) => readonly Run[] = derived(subject =>
	ranScripts(subject).map(script => ({
		script,
		role: subject.roleOf(script.stage),
		invocations: invocationsIn(script.commands),
	})),
);

/** Those whose files end in the image. */
export const finalRunsOf: (subject: Subject) => readonly Run[] = derived(subject =>
	runsOf(subject).filter(({role}) => role === 'final'),
);

/** What a RUN asks of these managers. */
export function askedOf({invocations}: Run, ...names: readonly ManagerName[]): readonly Invocation[] {
	return invocations.length === 0 ? invocations : invocations.filter(({manager}) => names.includes(manager));
}

/** What all RUN instructions ask of these managers, in the order of the file. */
export function invocationsOf(subject: Subject, ...names: readonly ManagerName[]): readonly Invocation[] {
	return runsOf(subject).flatMap(run => askedOf(run, ...names));
}

/** The installs alone. */
export function installsOf(subject: Subject, ...names: readonly ManagerName[]): readonly Invocation[] {
	return invocationsOf(subject, ...names).filter(({act}) => act === 'install');
}
