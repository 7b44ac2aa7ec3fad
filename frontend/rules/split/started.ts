import type {Command, Script} from '../../shell/script.ts';
import {startOf} from '../life/start.ts';
import {resolvePath} from '../secret/paths.ts';
import {shellText} from '../shell-text.ts';
import type {Candidate} from './split.ts';

/** What the container starts, as far as the stage says. */
export interface Started {
	/** The commands of ENTRYPOINT, and of CMD where it is more than arguments, in their order. */
	readonly commands: readonly Command[];
	/** Their programs where they are named by a path, absolute. */
	readonly paths: readonly string[];
	/** Their programs where PATH finds them. */
	readonly names: readonly string[];
	/** Whether a shell is called by the start or by the health check. */
	readonly needsShell: boolean;
	readonly line: number;
	readonly workdir: string | undefined;
	/** A word of one of the commands as an absolute path; absent where it cannot be told. */
	readonly pathOf: (command: Command, word: Command['args'][number] | undefined) => string | undefined;
}

/** @returns undefined where the stage does not say what starts, or in words that only the build knows */
export function startedIn(candidate: Candidate, workdir: string | undefined): Started | undefined {
	const {subject, steps} = candidate;
	const {entrypoint, cmd} = startOf(subject);
	const last = steps.at(-1);
	const scripts = subject.scripts.filter(({isTrigger, stage}) => !isTrigger && stage === candidate.stage);
	const [own, more, health] = [entrypoint, cmd, lastHealth(candidate)].map(instruction =>
		scripts.find(script => instruction !== undefined && script.instruction === instruction),
	);
	const first = own ?? more;
	if (first === undefined || last === undefined) {
		return undefined;
	}

	const isForwarding = own?.dialect === 'exec' && isWrapper(own.commands[0]);
	const read = own !== undefined && more !== undefined && isForwarding ? [own, more] : [first];
	const commands = read.flatMap(script => script.commands);
	const pathOf: Started['pathOf'] = (command, word) => {
		const text = shellText(word, command.script, last.get);
		const isPath = text !== undefined && text !== '' && (text.startsWith('/') || workdir !== undefined);
		return isPath ? resolvePath(workdir ?? '/', text) : undefined;
	};
	const programs = commands.map(command => ({
		text: shellText(command.nameWord, command.script, last.get),
		path: pathOf(command, command.nameWord),
	}));
	return {
		commands,
		paths: programs.flatMap(({text, path}) =>
			text?.includes('/') === true && path !== undefined ? [path] : [],
		),
		names: programs.flatMap(({text}) => (text === undefined || text.includes('/') ? [] : [text])),
		needsShell: [...read, health].some(needsShell),
		line: first.instruction.line,
		workdir,
		pathOf,
	};
}

function lastHealth({stage}: Candidate): Script['instruction'] | undefined {
	return stage.instructions.findLast(({keyword}) => keyword === 'HEALTHCHECK');
}

/** What starts its own arguments: init programs and entry scripts. */
function isWrapper(command: Command | undefined): boolean {
	const name = command?.nameWord?.value ?? '';
	return /(?:entrypoint|tini|dumb-init|\.sh)$/.test(name) || /^(?:env|exec|sh|bash)$/.test(name);
}

function needsShell(script: Script | undefined): boolean {
	return (
		script !== undefined &&
		(script.dialect !== 'exec' ||
			script.commands.some(({name}) => /^(?:sh|bash|ash|dash|env)$|\.sh$|entrypoint$/.test(name)))
	);
}
