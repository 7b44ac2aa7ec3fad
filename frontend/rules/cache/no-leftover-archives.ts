import {hasOption, operandsOf, optionValue} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {appendToRun} from '../package/commands.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {isMounted} from '../package/mounts.ts';
import {listed} from '../package/packages.ts';
import {finalRunsOf} from '../package/runs.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

const ARCHIVE = /\.(?:tar|tar\.\w{2,4}|tgz|tbz2?|txz|zip|7z|gz|bz2|xz|asc|sig)$/;
const SIGNATURE = /\.(?:asc|sig)$/;
/** What makes each of them useless afterwards. */
const UNPACKERS: ReadonlySet<string> = new Set(['tar', 'unzip', 'bsdtar', '7z']);
const CHECKERS: ReadonlySet<string> = new Set(['gpg', 'gpgv']);

export const noLeftoverArchives: Rule = function* (subject) {
	let repairs = 0;
	for (const {script} of finalRunsOf(subject)) {
		for (const {command, file} of leftIn(script)) {
			const name = listed([{name: file}]);
			const message = `${name} stays in this layer after it was unpacked or checked, and removing it later does not help: write && rm ${name} at the end of this RUN.`;
			repairs += 1;
			yield failAt(
				subject,
				command,
				message,
				repairs > MAX_REPAIRS ? undefined : repair(script, file, subject),
			);
		}
	}
};

/** For each of them the whole file is looked through. */
const MAX_REPAIRS = 32;

interface Left {
	readonly command: Command;
	readonly file: string;
}

/** Archives that are downloaded and used here, and that no command takes away or moves. */
function leftIn({commands, instruction}: Script): readonly Left[] {
	const loaded = commands.flatMap(command => {
		const file = fileOf(command);
		return file !== undefined && ARCHIVE.test(file) && !isMounted(instruction, folderOf(file))
			? [{command, file}]
			: [];
	});
	if (loaded.length === 0 || commands.some(takesAway)) {
		return [];
	}
	const unpacked = wordsOf(commands, UNPACKERS);
	const checked = wordsOf(commands, CHECKERS);
	return loaded.filter(({file}) => {
		const used = SIGNATURE.test(file) ? checked : unpacked;
		return used.has(file) || used.has(`./${file}`);
	});
}

function wordsOf(
	commands: readonly Command[],
	programs: ReadonlySet<string>,
): ReadonlySet<string | undefined> {
	return new Set(
		commands.filter(({name}) => programs.has(name)).flatMap(({args}) => args.map(({value}) => value)),
	);
}

/** Any removal may mean it, also by a variable or by the folder in which it lies. */
function takesAway({name}: Command): boolean {
	return (
		name === 'rm' ||
		name === 'mv' ||
		name === 'unlink' ||
		name === 'rmdir' ||
		name === 'gunzip' ||
		name === 'trap'
	);
}

/** Where curl and wget put what they load, when that can be told. */
function fileOf(command: Command): string | undefined {
	const {name} = command;
	const isKept = name === 'curl' ? hasOption(command, 'O', 'remote-name') : name === 'wget';
	const named =
		name === 'curl' ? optionValue(command, 'o', 'output') : optionValue(command, 'O', 'output-document');
	if (name !== 'curl' && name !== 'wget') {
		return undefined;
	}
	const address = operandsOf(command).findLast(({value}) => value?.includes('://'))?.value;
	return (
		named ??
		(isKept && address !== undefined && !address.includes('?')
			? address.slice(address.lastIndexOf('/') + 1)
			: undefined)
	);
}

function folderOf(file: string): string {
	return file.slice(0, file.lastIndexOf('/'));
}

/** Only a file that lies where the RUN ends, and that nothing else in the Dockerfile names. */
function repair(script: Script, file: string, {scripts, steps}: Subject): Fix | undefined {
	const moves = script.commands.some(({name}) => name === 'cd' || name === 'pushd');
	const name = file.slice(file.lastIndexOf('/') + 1);
	const isNamed =
		scripts.some(({instruction, text}) => instruction !== script.instruction && text.includes(name)) ||
		steps.some(({instruction}) => instruction !== script.instruction && instruction.args.includes(name));
	const isSafe =
		/^[\w./-]+$/.test(file) && !file.startsWith('-') && (!moves || file.startsWith('/')) && !isNamed;
	return isSafe ? fixOf(`rm ${file}`, appendToRun(script, `rm ${file}`)) : undefined;
}
