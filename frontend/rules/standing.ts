import type {Instruction, Stage} from '../dockerfile/ast.ts';
import type {Step} from '../stages/chain.ts';
import type {Subject} from './rule.ts';
import {resolvePath} from './secret/paths.ts';

/** Where an instruction is carried out, and as whom. */
export interface Standing {
	/** Absolute; absent while only the base image says. */
	readonly workdir: string | undefined;
	/** As USER has it, variables expanded; absent while only the base image says, or where a variable is not known. */
	readonly user: string | undefined;
}

const known = new WeakMap<Subject, ReadonlyMap<Instruction, Standing>>();

/** What holds where each instruction of each stage stands. Told once for all rules. */
export function standingsOf(subject: Subject): ReadonlyMap<Instruction, Standing> {
	const standings = known.get(subject) ?? walk(subject);
	known.set(subject, standings);
	return standings;
}

function walk({steps, references, images}: Subject): ReadonlyMap<Instruction, Standing> {
	const standings = new Map<Instruction, Standing>();
	const ends = new Map<Stage, Standing>();
	for (const step of steps) {
		const {stage, instruction} = step;
		const [from] = references.get(stage) ?? [];
		const now = ends.get(stage) ?? startOf(ends, from?.stage, from?.ref, images);
		standings.set(instruction, now);
		ends.set(stage, after(now, step));
	}

	return standings;
}

function startOf(
	ends: ReadonlyMap<Stage, Standing>,
	parent: Stage | undefined,
	ref: string | undefined,
	images: Subject['images'],
): Standing {
	if (parent !== undefined) {
		// A stage without instructions is as the one it starts from; that is rare, and then nothing is known.
		return ends.get(parent) ?? {workdir: undefined, user: undefined};
	}

	if (ref === 'scratch') {
		return {workdir: '/', user: 'root'};
	}

	const facts = images.get(ref ?? '');
	return facts === undefined
		? {workdir: undefined, user: undefined}
		: {workdir: facts.workdir || '/', user: facts.user || 'root'};
}

function after(now: Standing, {instruction, expand}: Step): Standing {
	switch (instruction.keyword) {
		case 'USER':
			return {...now, user: expand(instruction.args)?.trim() || undefined};
		case 'WORKDIR':
			return {...now, workdir: folderOf(now.workdir, expand(instruction.args)?.trim())};
		default:
			return now;
	}
}

function folderOf(now: string | undefined, path: string | undefined): string | undefined {
	if (path === undefined || (now === undefined && !path.startsWith('/'))) {
		return undefined;
	}

	return resolvePath(now ?? '/', path);
}

/** An absolute path for a word of a command or a COPY that is carried out here; absent when it cannot be told. */
export function pathAt({workdir}: Standing, text: string): string | undefined {
	return text.startsWith('/') || workdir !== undefined ? resolvePath(workdir ?? '/', text) : undefined;
}
