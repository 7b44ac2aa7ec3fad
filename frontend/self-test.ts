import {constants} from 'node:os';
import type {Result} from '../proto/buildkit/gateway.ts';
import {paths} from '../proto/labels.ts';
import type {Gateway} from './gateway/client.ts';
import {FOLDER, OUTCOME, selfTestOf} from './llb/self-test.ts';
import {type Options, type Platform, platformOf} from './options.ts';
import type {Engine} from './proxies/engine.ts';
import type {Plan} from './proxies/plan.ts';
import {solvedFile} from './solved-file.ts';
import {toolFor} from './tool-file.ts';

const words = ['passed', 'failed', 'overdue', 'untestable'] as const;
type Word = (typeof words)[number];

/** How a start in the build went. */
export interface Outcome {
	/** `overdue`: it ran and did not get well in time, which is what waits for its surroundings does, too. */
	readonly word: Word;
	/** What the result did, or did not do: `it ended with code 1 before it was healthy`. */
	readonly sentence: string;
	/** The last lines that the application said. */
	readonly log: readonly string[];
}

export interface HowToTest {
	readonly plan: Plan | undefined;
	/** What stands in front, where there is a plan. */
	readonly engine?: Engine;
	/**
	 * The image has to pass: what takes no signal that would stop it has not, and a failure that the builder has kept is looked at
	 * again. A trial asks only whether a repair has broken something.
	 */
	readonly isRequired: boolean;
	/** When the build began, in milliseconds. */
	readonly since: number;
}

const HEALTHY_SECONDS = 30;
const MOST_SECONDS = 120;
const STOP_SECONDS = 10;
/** A repair that is on trial is not what keeps a program from stopping, so nobody waits long for one that does not. */
const TRIAL_STOP_SECONDS = 2;
const SIGTERM = 15;
const REALTIME = 34;
const MAX_OUTCOME_BYTES = 16 * 1024;
const USUAL_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Platforms of this build that the builder's own processor does not run. */
export function foreignPlatforms({platforms, builder}: Options): readonly Platform[] {
	return platforms.filter(platform => !isNative(platform, builder));
}

function isNative({os, architecture}: Platform, builder: Platform): boolean {
	return os === builder.os && architecture === builder.architecture;
}

/**
 * Starts what was built, inside the build. Nothing of it stays but its outcome, which the builder keeps as it keeps layers: the same
 * result is not tried twice.
 */
export async function selfTest(
	gateway: Gateway,
	options: Options,
	result: Result,
	how: HowToTest,
): Promise<Outcome> {
	const results = resultsOf(result).filter(({platform}) =>
		isNative(platform ?? options.builder, options.builder),
	);
	const [first] = results;
	const config = first === undefined ? undefined : configOf(result, first.key);
	const command = [...listOf(config?.['Entrypoint']), ...listOf(config?.['Cmd'])];
	if (first === undefined || config === undefined) {
		return untestable(`no part of it is for ${options.builder.os}/${options.builder.architecture}`);
	}

	if (command.filter(word => word !== paths.init).length <= (how.plan === undefined ? 0 : 2)) {
		return untestable('the image names no command');
	}

	const ask = (isFresh: boolean) => outcomeOf(gateway, options, first, config, command, {...how, isFresh});
	const kept = await ask(false);
	// What failed some time ago may have failed because the machine was busy then.
	return how.isRequired && kept.word !== 'passed' && kept.at + SECOND < how.since ? ask(true) : kept;
}

function untestable(sentence: string): Outcome {
	return {word: 'untestable', sentence, log: []};
}

interface Part {
	/** Of several platforms, which one. */
	readonly key: string;
	readonly platform: Platform | undefined;
	readonly definition: Uint8Array;
}

/** What was built, for each platform. */
export function resultsOf({ref, refs}: Result): readonly Part[] {
	const parts = [
		...(ref?.def === undefined ? [] : [{key: '', platform: undefined, definition: ref.def}]),
		...Object.entries(refs?.refs ?? {}).map(([key, {def}]) => ({
			key,
			platform: platformOf(key),
			definition: def ?? new Uint8Array(),
		})),
	];
	return parts.filter(({definition}) => definition.length > 0);
}

type Fields = Readonly<Record<string, unknown>>;

/** The configuration of a part, as an engine would read it. */
export function imageOf({metadata = {}}: Result, key: string): unknown {
	const bytes = metadata[key === '' ? CONFIG : `${CONFIG}/${key}`] ?? metadata[CONFIG];
	return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}

function configOf(result: Result, key: string): Fields | undefined {
	const image = imageOf(result, key);
	return isRecord(image) ? (isRecord(image['config']) ? image['config'] : {}) : undefined;
}

const CONFIG = 'containerimage.config';

async function outcomeOf(
	gateway: Gateway,
	options: Options,
	{definition: built}: Part,
	config: Fields,
	command: readonly string[],
	how: HowToTest & {readonly isFresh: boolean},
): Promise<Outcome & {readonly at: number}> {
	const env = listOf(config['Env']);
	const definition = selfTestOf({
		result: built,
		tool: await toolFor(options.builder),
		words: [...optionsFor(config, how), '--', ...command],
		env: env.some(each => each.startsWith('PATH=')) ? env : [...env, USUAL_PATH],
		cwd: textOf(config['WorkingDir']) || '/',
		platform: options.builder,
		isFresh: how.isFresh,
	});
	const data = await solvedFile(gateway, options, {definition, path: OUTCOME, most: MAX_OUTCOME_BYTES});
	return readOutcome(new TextDecoder().decode(data));
}

/** Its four parts, a line each but for the last: word, sentence, time in seconds, what was said. */
function readOutcome(text: string): Outcome & {readonly at: number} {
	const [word, sentence = '', seconds = '', ...log] = text.split('\n');
	return {
		word: words.find(each => each === word) ?? 'failed',
		sentence,
		log: log.filter(line => line !== ''),
		at: Number(seconds) * SECOND,
	};
}

function optionsFor(config: Fields, {plan, engine, isRequired}: HowToTest): readonly string[] {
	const check = checkOf(config);
	const ports = plan === undefined ? portsOf(config) : portsOfApplication(plan);
	const hasHome = listOf(config['Env']).some(each => each.startsWith('HOME='));
	return [
		...['--out', `${FOLDER}/${OUTCOME}`],
		...[
			'--seconds',
			String(secondsOf(config)),
			'--stop-seconds',
			String(isRequired ? STOP_SECONDS : TRIAL_STOP_SECONDS),
		],
		...['--signal', String(signalOf(textOf(config['StopSignal'])))],
		...['--user', textOf(config['User']) || '0'],
		...(hasHome ? ['--keep-home'] : []),
		...(isRequired ? ['--must-stop'] : []),
		...ports.slice(0, MAX_PORTS).flatMap(port => ['--port', String(port)]),
		...(plan === undefined ? [] : ['--https', String(plan.listeners.https), '--route', plan.healthPath]),
		// It has no socket in the container that could be asked for its health.
		...(plan !== undefined && engine === 'traefik' ? ['--plain', String(plan.listeners.redirect)] : []),
		...(check.length === 0 ? [] : ['--check', String(check.length), ...check]),
	];
}

const MAX_PORTS = 16;
const MAX_CHECK = 64;
const NANOSECONDS = 1_000_000_000;
/** In milliseconds: how exact the outcome's own time is. */
const SECOND = 1000;

function portsOf(config: Fields): readonly number[] {
	const exposed = isRecord(config['ExposedPorts']) ? Object.keys(config['ExposedPorts']) : [];
	return exposed
		.filter(each => !each.endsWith('/udp') && !each.endsWith('/sctp'))
		.map(each => Number(each.split('/')[0]))
		.filter(port => Number.isSafeInteger(port) && port > 0 && port < 65_536);
}

/** The command of the image's own health check; that of the proxy is asked by other means. */
function checkOf(config: Fields): readonly string[] {
	const check = config['Healthcheck'];
	const [kind, ...words] = isRecord(check) ? listOf(check['Test']) : [];
	const shell = listOf(config['Shell']);
	const usual = ['/bin/sh', '-c'];
	const command =
		kind === 'CMD' ? words : kind === 'CMD-SHELL' ? [...(shell.length === 0 ? usual : shell), ...words] : [];
	return command[0] === paths.init || command.length > MAX_CHECK ? [] : command;
}

/** What says that it takes long to start gets the time that it names. */
function secondsOf(config: Fields): number {
	const check = config['Healthcheck'];
	const period = isRecord(check) ? Number(check['StartPeriod'] ?? 0) / NANOSECONDS : 0;
	return Math.min(MOST_SECONDS, Math.max(HEALTHY_SECONDS, Math.ceil(period)));
}

/** `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3` → a number. What means nothing to us stops nothing anywhere. */
function signalOf(text: string): number {
	const name = text.toUpperCase().replace(/^SIG/, '');
	const realtime = /^RTMIN\+(\d{1,2})$/.exec(name);
	const known: Readonly<Record<string, number>> = constants.signals;
	const number = realtime === null ? (known[`SIG${name}`] ?? Number(name)) : REALTIME + Number(realtime[1]);
	return Number.isSafeInteger(number) && number > 0 && number <= 64 ? number : SIGTERM;
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function portsOfApplication({application}: Plan): readonly number[] {
	return application === undefined ? [] : [application.port];
}
