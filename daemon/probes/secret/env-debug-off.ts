import {debugModesOf, isDebuggerOption, isDebugMode, opensDebugger} from '../../../policies/debug-modes.ts';
import {printable} from '../../../policies/secret-names.ts';
import type {Probe} from '../probe.ts';

/** The build gate judges what the image says; here it is what the container got in the end. */
export const envDebugOff: Probe = async ({target: {settings}, inside: {environment}, paramsOf}) => {
	const modes = debugModesOf(paramsOf('env-debug-off'));
	const variables = environment
		.filter(({name, value}) => opensDebugger(name, value) || isDebugMode(modes, name, value))
		.map(({name}) => printable(name));
	const words = settings.command.filter(isDebuggerOption).map(word => printable(word.split('=', 1)[0] ?? ''));
	const observed = {variables: variables.slice(0, 16), options: words.slice(0, 16)};
	const [first] = [
		...variables.map(name => `The variable ${name}`),
		...words.map(word => `The option ${word}`),
	];
	return [
		first === undefined
			? {result: 'pass', message: 'No mode for debugging or development is switched on', observed}
			: {
					result: 'fail',
					message: `${first} switches a mode for debugging or development on; take it out of the start`,
					observed,
				},
	];
};
