import type {Stage} from '../../dockerfile/ast.ts';
import {baseImageOf} from '../package/stages.ts';
import type {Subject} from '../rule.ts';

/** Stages that are built, and that surely hold Windows: by the name of their base, or by their platform. */
export function windowsStages(subject: Subject): readonly Stage[] {
	const isWindows = new Map<Stage, boolean>();
	for (const stage of subject.dockerfile.stages) {
		const parent = subject.references.get(stage)?.[0]?.stage;
		isWindows.set(stage, parent === undefined ? isOutside(subject, stage) : isWindows.get(parent) === true);
	}
	return subject.dockerfile.stages.filter(
		stage => isWindows.get(stage) === true && subject.roleOf(stage) !== 'unused',
	);
}

function isOutside(subject: Subject, stage: Stage): boolean {
	const {name = '', tag = ''} = baseImageOf(subject, stage) ?? {};
	const platform = stage.from.flags.find(flag => flag.name === 'platform')?.value ?? '';
	return (
		/^(?:windows|windows-cssc)(?:\/|$)/.test(name) ||
		/(?:^|-)(?:nanoserver|windowsservercore|servercore)(?:-|$)|ltsc20(?:16|19|22|25)/.test(tag) ||
		platform.startsWith('windows')
	);
}
