import type {Stage} from '../../dockerfile/ast.ts';
import type {Command, Script} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';
import type {Invocation} from './invocations.ts';
import type {ManagerName} from './managers.ts';
import {namedPackages} from './packages.ts';
import {askedOf, type Run, runsOf} from './runs.ts';

/** What one RUN does with a manager's index of packages. */
export interface IndexRun {
	readonly script: Script;
	readonly updates: readonly Invocation[];
	/** Installs and upgrades from the index, in the order written. */
	readonly uses: readonly Invocation[];
	/** The first use that no update comes before in the same RUN. */
	readonly early: Invocation | undefined;
	/** An update that nothing in the same RUN uses. */
	readonly alone: Invocation | undefined;
}

/** The RUNs of each stage that touch the index, in order. */
export function indexRuns(
	subject: Subject,
	...names: readonly ManagerName[]
): ReadonlyMap<Stage, readonly IndexRun[]> {
	const runs = runsOf(subject)
		.map(run => indexRun(run, names))
		.filter(run => run !== undefined);
	return Map.groupBy(runs, ({script}) => script.stage);
}

function indexRun(run: Run, names: readonly ManagerName[]): IndexRun | undefined {
	const {script} = run;
	const invocations = askedOf(run, ...names);
	const updates = invocations.filter(({act}) => act === 'update');
	const uses = invocations.filter(isUse);
	if (updates.length + uses.length === 0) {
		return undefined;
	}
	const places = new Map(script.commands.map((command, at) => [command, at] as const));
	const at = ({command}: Invocation): number => places.get(command) ?? 0;
	const [update] = updates;
	const [use] = uses;
	const lastUse = uses.at(-1);
	const isOpaque = (before: number): boolean =>
		// Something unknown may update: a program that is given the command, or a script.
		script.text.split(' update').length - 1 > updates.length ||
		script.text.includes('add-apt-repository') ||
		script.commands.slice(0, before).some(runsScript);
	return {
		script,
		updates,
		uses,
		early:
			use !== undefined && (update === undefined || at(update) > at(use)) && !isOpaque(at(use))
				? use
				: undefined,
		alone:
			update !== undefined && (lastUse === undefined || at(lastUse) < at(update)) && !startsOthers(script)
				? update
				: undefined,
	};
}

/** Whether it takes anything from the index: files and addresses need none, and a variable may be anything. */
function isUse({act, operands, verb}: Invocation): boolean {
	const isLocal =
		operands.length > 0 &&
		namedPackages(operands).length === 0 &&
		operands.every(({value}) => value !== undefined);
	return (act === 'install' && !isLocal && !/group|module/.test(verb)) || act === 'upgrade';
}

/** `curl … | bash`, `./setup.sh`, `$SETUP`. */
function runsScript({name, nameWord, args}: Command): boolean {
	// The code of `sh -c` is read as the rest is.
	const isShell = /^(?:sh|bash|dash)$/.test(name) && !args.some(({text}) => /^-\w*c$/.test(text));
	return isShell || /^(?:|source|\.|.*\.sh)$/.test(name) || nameWord?.text.startsWith('./') === true;
}

/** Programs of which it is known that they neither install anything nor look at the index. */
const HARMLESS: ReadonlySet<string> = new Set(
	(
		'apt-get apt apk yum dnf microdnf tdnf zypper add-apt-repository apt-key dpkg sudo curl wget gpg echo printf cat tee ' +
		'sed grep rm mkdir ls ln cp mv install chmod chown touch export set true : test [ sleep locale-gen lsb_release ' +
		'adduser addgroup useradd groupadd usermod passwd id date mktemp tar gunzip unzip head tail cut tr sort ldconfig ' +
		'update-ca-certificates'
	).split(' '),
);

function startsOthers({commands}: Script): boolean {
	return commands.some(({name}) => !HARMLESS.has(name));
}
