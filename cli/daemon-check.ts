import {checkEngine} from '../daemon/check/engine.ts';
import {checkFiles} from '../daemon/check/files.ts';
import {checkKernel} from '../daemon/check/kernel.ts';
import type {CheckLine} from '../daemon/check/line.ts';
import {checkState} from '../daemon/check/state.ts';
import {readConfig} from '../daemon/config.ts';
import {connectEngine} from '../daemon/docker/engine.ts';
import {readEngineInfo} from '../daemon/docker/engine-info.ts';
import {paint, wrap} from '../frontend/paint.ts';
import type {Look} from '../frontend/report.ts';
import {isControlId} from '../policies/catalogue.ts';
import {type Io, lookOf} from './io.ts';

const usage = `Usage: sallyport daemon check [options of the daemon] [--json]

Says what a daemon with these options can see on this host, what it cannot and which controls stay not evaluated by that, and what
to do. Run it as the daemon's own user, or in its container: docker run … sallyport/daemon:1 daemon check

Exit 0 when everything can be seen, 1 when something is limited, 2 when a daemon would not start or see nothing.
`;

/** Everything that is asked together takes no longer. */
const PATIENCE_MS = 20_000;

/** `sallyport daemon check`. @throws {DaemonError} for options that no daemon takes */
export async function runDaemonCheck(argv: readonly string[], io: Io): Promise<number> {
	if (argv.includes('--help')) {
		io.stdout.write(usage);
		return 0;
	}

	const config = readConfig(
		argv.filter(argument => argument !== '--json'),
		io.env,
	);
	const signal = AbortSignal.timeout(PATIENCE_MS);
	const own = [...(await checkState(config)), ...(await checkFiles(config))];
	const seen: CheckLine[] = [];
	for (const host of config.engines) {
		const engine = connectEngine(host);
		const {lines, running} = await checkEngine({engine, info: stop => readEngineInfo(host, stop)}, signal);
		seen.push(...lines, ...(await checkKernel(engine, running, signal)));
	}

	const lines = [...seen, ...own].map(knownControls);
	io.stdout.write(
		argv.includes('--json') ? `${JSON.stringify({lines}, undefined, 2)}\n` : textOf(lines, lookOf(io)),
	);
	return lines.some(({state}) => state === 'failed')
		? 2
		: lines.some(({state}) => state === 'limited')
			? 1
			: 0;
}

/** Controls of this version only: what is asked of a host changes. */
function knownControls(line: CheckLine): CheckLine {
	const {controls, ...rest} = line;
	const known = (controls ?? []).filter(isControlId);
	return known.length === 0 ? rest : {...rest, controls: known};
}

const styles = {ok: 'green', limited: 'yellow', failed: 'red'} as const;
const marks = {ok: '✔', limited: '▲', failed: '✖'} as const;

function textOf(lines: readonly CheckLine[], look: Look): string {
	const told = lines.map(({what, state, message, remedy, controls = []}) =>
		[
			wrap(`${marks[state]} ${state}  ${what}: ${message}`, look.width - 2, '').replace(
				`${marks[state]} ${state}`,
				paint(`${marks[state]} ${state.padEnd(7)}`, styles[state], look),
			),
			...(controls.length === 0
				? []
				: [wrap(`not evaluated: ${controls.join(', ')}`, look.width - 6, '    ')]),
			...(remedy === undefined ? [] : [wrap(`→ ${remedy}`, look.width - 6, '    ')]),
		].join('\n'),
	);
	const count = (state: CheckLine['state']): number => lines.filter(line => line.state === state).length;
	return `${told.join('\n')}\n${count('ok')} fine, ${count('limited')} limited, ${count('failed')} failed\n`;
}
