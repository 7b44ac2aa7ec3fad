import type {Instruction} from '../../dockerfile/ast.ts';
import {copyOf} from '../layer/copies.ts';
import {resolvePath} from '../secret/paths.ts';
import {standingsOf} from '../standing.ts';
import {lineOf} from './configuration.ts';
import type {Candidate} from './split.ts';

/**
 * A stage that first installs and then only takes files of the context in. What it has installed is the same whatever those files
 * are, so the image is made of both, and a new version of a source costs one COPY: nothing is installed, pruned or looked through
 * again.
 */
export interface Settled {
	/** The stage without the steps that take files in last: what the languages plan for. */
	readonly candidate: Candidate;
	/** Its instructions up to the last that runs something, a line each. */
	readonly installing: readonly string[];
	/** What takes the files in, as the author has written it: done again in the last stage. */
	readonly over: ReadonlySet<Instruction>;
	/** Files that the install was shown without their being in the image: what comes after it is shown them too. */
	readonly mounts: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set([
	...['COPY', 'ADD', 'ENV', 'ARG', 'WORKDIR', 'USER', 'EXPOSE', 'CMD', 'ENTRYPOINT', 'LABEL', 'HEALTHCHECK'],
	...['STOPSIGNAL', 'MAINTAINER'],
]);

/** @returns undefined where what comes last is not known to be the context's alone, or cannot be said in another stage */
export function settledOf(candidate: Candidate): Settled | undefined {
	const {steps, subject} = candidate;
	const at = steps.findLastIndex(({instruction}) => instruction.keyword === 'RUN');
	const later = steps.slice(at + 1);
	const over = later.filter(({instruction: {keyword}}) => keyword === 'COPY' || keyword === 'ADD');
	const isPlain = later.every(
		({instruction: {keyword, heredocs}}) => KNOWN.has(keyword) && heredocs.length === 0,
	);
	if (at < 0 || over.length === 0 || !isPlain || over.some(step => copyOf(step)?.from !== undefined)) {
		return undefined;
	}

	const isThere = folderAt(candidate, at) === candidate.workdir;
	const {bytes} = subject.dockerfile;
	const installing = steps.slice(0, at + 1).map(({instruction}) => lineOf(instruction, bytes));
	const lines = installing.flatMap(line => line ?? []);
	// Whatever another WORKDIR means for a relative path, only the stage itself knows.
	const isMoved = later.some(({instruction}) => instruction.keyword === 'WORKDIR');
	if (!isThere || isMoved || lines.length < installing.length || lines.some(line => line.endsWith('\\'))) {
		return undefined;
	}

	const taken = new Set(over.map(({instruction}) => instruction));
	const run = steps[at]?.instruction;
	return {
		candidate: {...candidate, steps: steps.filter(({instruction}) => !taken.has(instruction))},
		installing: lines,
		over: taken,
		mounts: (run?.flags ?? [])
			.filter(({name, value = ''}) => name === 'mount' && /(?:^|,)type=bind(?:,|$)/.test(value))
			.map(({value}) => `--mount=${value}`),
	};
}

/** Where the step stands, as an absolute path. */
function folderAt({subject, steps}: Candidate, at: number): string | undefined {
	const instruction = steps[at]?.instruction;
	const folder = instruction === undefined ? undefined : standingsOf(subject).get(instruction)?.workdir;
	return folder === undefined ? undefined : resolvePath('/', folder);
}
