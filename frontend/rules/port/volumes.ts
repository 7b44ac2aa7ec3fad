import type {Instruction} from '../../dockerfile/ast.ts';
import type {Step} from '../../stages/chain.ts';
import type {Subject} from '../rule.ts';
import {resolvePath} from '../secret/paths.ts';

/** A folder that VOLUME names. */
export interface Volume {
	readonly step: Step;
	/** Absolute, without a slash at its end. */
	readonly path: string;
	readonly line: number;
	/** How many the instruction names. */
	readonly count: number;
}

/** The volumes of the image's own stages. What depends on the platform is left out. */
export function volumesOf({steps, roleOf}: Subject): readonly Volume[] {
	return steps
		.filter(({instruction, stage}) => instruction.keyword === 'VOLUME' && roleOf(stage) === 'final')
		.flatMap(step => {
			const paths = pathsOf(step.instruction);
			return paths.flatMap(({text, line}) => {
				const path = step.expand(text)?.trim();
				return path === undefined || path === ''
					? []
					: [{step, path: resolvePath('/', path), line, count: paths.length}];
			});
		});
}

function pathsOf({
	json,
	words,
	line,
}: Instruction): readonly {readonly text: string; readonly line: number}[] {
	return json?.map(text => ({text, line})) ?? words;
}
