import type {Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import {runsOf} from './runs.ts';
import {environmentOf} from './variables.ts';

interface Teller {
	readonly programs: readonly string[];
	readonly variable: string;
	readonly value: string;
	readonly verbs?: readonly string[];
}

/** Who sends what, and what its maker says switches it off. */
const TELLERS: readonly Teller[] = [
	{
		programs: ['dotnet'],
		variable: 'DOTNET_CLI_TELEMETRY_OPTOUT',
		value: '1',
		verbs: ['restore', 'build', 'publish', 'run', 'test', 'tool', 'new', 'pack'],
	},
	{programs: ['next'], variable: 'NEXT_TELEMETRY_DISABLED', value: '1', verbs: ['build']},
	{programs: ['pwsh'], variable: 'POWERSHELL_TELEMETRY_OPTOUT', value: '1'},
	{programs: ['ng'], variable: 'NG_CLI_ANALYTICS', value: 'false', verbs: ['build', 'new', 'add', 'test']},
	{programs: ['gatsby'], variable: 'GATSBY_TELEMETRY_DISABLED', value: '1', verbs: ['build']},
	{programs: ['az'], variable: 'AZURE_CORE_COLLECT_TELEMETRY', value: '0'},
	{
		programs: ['brew'],
		variable: 'HOMEBREW_NO_ANALYTICS',
		value: '1',
		verbs: ['install', 'update', 'tap', 'upgrade'],
	},
	{programs: ['astro'], variable: 'ASTRO_TELEMETRY_DISABLED', value: '1', verbs: ['build']},
];

export const telemetryOff: Rule = function* (subject) {
	const env = environmentOf(subject);
	const told = new Set<string>();
	for (const {script} of runsOf(subject)) {
		for (const command of script.commands) {
			const teller = tellerOf(command);
			const key = `${script.stage.index} ${teller?.variable}`;
			const isOff =
				teller === undefined ||
				env(command, teller.variable) !== undefined ||
				env(command, 'DO_NOT_TRACK') !== undefined;
			if (teller === undefined || isOff || told.has(key)) {
				continue;
			}
			told.add(key);
			const {variable, value} = teller;
			const message = `${command.name} reports to its maker what is built here: write ENV ${variable}=${value} in front of it.`;
			const fix = fixOf(`${variable}=${value}`, afterFrom(script.stage, `ENV ${variable}=${value}`));
			yield failAt(subject, command, message, fix);
		}
	}
};

/** A tool as a program, or started by `npx`. */
function tellerOf(command: Command): Teller | undefined {
	const isStarted = command.name === 'npx' || command.name === 'bunx';
	const name = isStarted ? subcommandOf(command) : command.name;
	const verb = isStarted ? command.args.at(1)?.value : subcommandOf(command);
	return TELLERS.find(
		({programs, verbs}) =>
			programs.includes(name ?? '') && (verbs === undefined || verbs.includes(verb ?? '')),
	);
}

function afterFrom({from}: Stage, line: string): Edit {
	return {span: {start: from.span.end, end: from.span.end}, text: `\n${line}`};
}
