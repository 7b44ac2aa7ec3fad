import type {Command, ShellWord} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import {copyOf, isUrl, isWhole} from '../layer/copies.ts';
import {baseName, resolvePath} from '../secret/paths.ts';
import {shellText} from '../shell-text.ts';
import {type Standing, standingsOf} from '../standing.ts';
import {type Effect, type Place, type Placed, type Reader, unknown, writes} from './effect.ts';
import type {Candidate} from './split.ts';
import {usualEffects} from './usual-commands.ts';

/** What the stage changes, in its order. @param read the language's own commands, asked first */
export function effectsOf(candidate: Candidate, read: Reader): readonly Placed[] {
	const standings = standingsOf(candidate.subject);
	const scripts = new Map(candidate.runs.map(script => [script.instruction, script]));
	return candidate.steps.flatMap(step => {
		const {instruction} = step;
		const {keyword, line} = instruction;
		const standing = standings.get(instruction) ?? {workdir: undefined, user: undefined};
		if (keyword === 'COPY' || keyword === 'ADD') {
			return copied(step, standing).map(effect => ({effect, line}));
		}

		const script = scripts.get(instruction);
		if (keyword !== 'RUN') {
			return [];
		}

		return script?.tree === undefined && script?.dialect !== 'exec'
			? [{effect: unknown('code that is not read'), line}]
			: run(script.commands, step, standing, read);
	});
}

function run(
	commands: readonly Command[],
	step: Step,
	{workdir, user}: Standing,
	read: Reader,
): readonly Placed[] {
	let folder = workdir;
	const [first] = commands;
	return commands.flatMap(command => {
		const {script, line} = command;
		const text = (word: ShellWord | undefined): string | undefined => shellText(word, script, step.get);
		const at = folder;
		const path = (word: ShellWord | undefined): string | undefined => {
			const plain = text(word);
			const isUsable = plain !== undefined && plain !== '' && !/[*?[\]~{}]/.test(plain);
			return isUsable && (plain.startsWith('/') || at !== undefined)
				? resolvePath(at ?? '/', plain)
				: undefined;
		};
		if (command.name === 'cd') {
			// In a list of its own it is a subshell's, and what comes after it need not be.
			folder = command.list === first?.list && !command.isConditional ? path(command.args[0]) : undefined;
			return [];
		}

		const place = {folder: at, user, text, path};
		const effects = read(command, place) ?? usualEffects(command, place);
		const known = effects ?? [unknown(command.name || 'a command')];
		return [...known, ...redirected(command, place)].map(effect => ({effect, line}));
	});
}

function redirected({redirects}: Command, {path}: Place): readonly Effect[] {
	return redirects
		.filter(({operator, target}) => operator.includes('>') && !/^&?\d*$|^-$/.test(target?.text ?? ''))
		.filter(({target}) => target?.value?.startsWith('/dev/') !== true)
		.map(({target}) => writes(path(target), 'a redirection'));
}

/** A name with one of these endings is taken for a file's. */
const FILE = /\.[A-Za-z0-9]{1,8}$/;
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|gz|bz2|xz|zst)$/;
/** Files without an ending. */
const FILES: ReadonlySet<string> = new Set([
	...['Gemfile', 'Rakefile', 'Procfile', 'Pipfile', 'Makefile', 'Dockerfile', 'Caddyfile', 'LICENSE'],
	...['artisan', 'mvnw', 'gradlew', 'yarn.lock', 'entrypoint', 'docker-entrypoint'],
]);

/** Where a COPY's files land. Several sources, or a folder's name at the end, mean a folder that may be everybody's. */
function copied(step: Step, {workdir}: Standing): readonly Effect[] {
	const copy = copyOf(step);
	const destination = step.expand(copy?.destination ?? '');
	const sources = copy?.sources.map(source => step.expand(source)) ?? [];
	if (
		copy === undefined ||
		destination === undefined ||
		(workdir === undefined && !destination.startsWith('/'))
	) {
		return [unknown(`where ${step.instruction.keyword} puts its files`)];
	}

	const folder = resolvePath(workdir ?? '/', destination);
	const isFolder = /(?:^|\/)\.{0,2}$/.test(destination) || sources.length > 1 || copy.hasHeredoc;
	// ADD unpacks what it knows as an archive.
	const isUnpacked = step.instruction.keyword === 'ADD' && sources.some(source => ARCHIVE.test(source ?? ''));
	const isPlain = !isUnpacked && sources.every(source => source !== undefined && isFile(source));
	if (isFolder && isPlain && sources.length > 0) {
		return sources.map(source => ({kind: 'writes', path: resolvePath(folder, baseName(source ?? ''))}));
	}

	return [{kind: 'writes', path: folder}];
}

function isFile(source: string): boolean {
	const name = baseName(source);
	return (
		!isUrl(source) && !isWhole(source) && !/[*?[\]\\]/.test(name) && (FILE.test(name) || FILES.has(name))
	);
}
