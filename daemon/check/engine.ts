import type {Readable} from 'node:stream';
import type {Engine, Listed} from '../docker/engine.ts';
import type {EngineInfo} from '../docker/engine-info.ts';
import {DaemonError, reasonOf} from '../error.ts';
import {type CheckLine, failed, limited, ok} from './line.ts';

export interface EngineParts {
	readonly engine: Engine;
	readonly info: (signal: AbortSignal) => Promise<EngineInfo>;
}

/** Questions about one container, and what stays unknown without an answer. */
const questions: readonly {
	readonly path: string;
	readonly ask: (engine: Engine, id: string, signal: AbortSignal) => Promise<unknown>;
	readonly without: string;
	readonly controls: readonly string[];
}[] = [
	{
		path: '/containers/{id}/archive',
		ask: (engine, id, signal) => engine.readFile(id, '/etc/hostname', 4096, signal),
		without: 'no contract can be read, so nothing that an image promises is verified',
		controls: ['chg-digest-attested', 'proxy-in-path'],
	},
	{
		path: '/containers/{id}/logs',
		ask: async (engine, id, signal) => close(await engine.logs(id, new Date(), signal)),
		without: 'access logs cannot be read',
		controls: ['log-access-complete', 'log-redaction', 'req-id-correlated'],
	},
	{
		path: '/containers/{id}/changes',
		ask: async (engine, id, signal) => close(await engine.changes(id, signal)),
		without: 'what was changed in a container since its start cannot be seen',
		controls: ['chg-filesystem-drift'],
	},
	{
		path: '/images/{id}/json',
		ask: async (engine, id, signal) => {
			const inspected = (await engine.inspect(id, signal)) as {readonly Image?: unknown};
			return engine.imageConfig(String(inspected.Image), signal);
		},
		without: 'what comes from the image and what from its start cannot be told apart',
		controls: ['secret-runtime-env-clean', 'env-config-declared'],
	},
];

/** Whether the engine answers, and which of its paths do: a socket proxy keeps some back. */
export async function checkEngine(
	{engine, info}: EngineParts,
	signal: AbortSignal,
): Promise<{readonly lines: readonly CheckLine[]; readonly running: readonly Listed[]}> {
	const what = `engine ${engine.address}`;
	try {
		const {version} = await engine.check(signal);
		const running = await engine.running(signal);
		const lines = [
			ok(what, `Docker Engine ${version} answers, with ${running.length} running containers`),
			await checkEvents(engine, signal),
			await checkInfo(info, signal),
			...(await checkPaths(engine, running[0], signal)),
		];
		return {lines, running};
	} catch (error) {
		return {lines: [failed(what, reasonOf(error), remedyOf(error, engine.address))], running: []};
	}
}

function remedyOf(error: unknown, address: string): string {
	const code = error instanceof DaemonError ? error.code : '';
	if (code === 'DOCKER_FORBIDDEN') {
		return 'let the socket proxy pass GET /version and GET /containers/json';
	}

	if (code === 'DOCKER_TOO_OLD') {
		return 'upgrade the engine';
	}

	return address.startsWith('unix:')
		? 'see that the engine runs, and that this user is in the group of its socket: --group-add $(stat -c %g /var/run/docker.sock), or SupplementaryGroups=docker'
		: 'see that the engine runs and listens there; --docker-host names another';
}

async function checkEvents(engine: Engine, signal: AbortSignal): Promise<CheckLine> {
	try {
		await close(await engine.events(undefined, signal));
		return ok('engine events', 'starts and ends are heard when they happen');
	} catch (error) {
		return failed('engine events', reasonOf(error), 'let GET /events pass: nothing is followed without it');
	}
}

async function checkInfo(
	info: (signal: AbortSignal) => Promise<EngineInfo>,
	signal: AbortSignal,
): Promise<CheckLine> {
	try {
		await info(signal);
		return ok('engine settings', 'GET /info answers');
	} catch (error) {
		return limited('engine settings', reasonOf(error), 'let GET /info pass', ['host-engine-posture']);
	}
}

async function checkPaths(
	engine: Engine,
	first: Listed | undefined,
	signal: AbortSignal,
): Promise<readonly CheckLine[]> {
	if (first === undefined) {
		return [
			limited(
				'engine paths',
				'No container runs, so questions about one could not be tried',
				'start any container and check again',
			),
		];
	}

	try {
		await engine.inspect(first.id, signal);
	} catch (error) {
		return [
			failed(
				'engine paths',
				reasonOf(error),
				'let GET /containers/{id}/json pass: every look begins with it',
			),
		];
	}

	const refused = await Promise.all(
		questions.map(async question => {
			const refusal = await refusalOf(() => question.ask(engine, first.id, signal));
			return refusal === undefined ? [] : [{...question, refusal}];
		}),
	);
	const lines = refused
		.flat()
		.map(({path, without, controls, refusal}) =>
			limited(`engine ${path}`, `${refusal}; ${without}`, `let GET ${path} pass`, controls),
		);
	return lines.length > 0
		? lines
		: [ok('engine paths', 'files, output, changes and images of containers can be read')];
}

/** A file that is not there is an answer; so is a container that ended. */
async function refusalOf(ask: () => Promise<unknown>): Promise<string | undefined> {
	try {
		await ask();
		return undefined;
	} catch (error) {
		const code = error instanceof DaemonError ? error.code : '';
		return ['FILE_ABSENT', 'FILE_REFUSED', 'TARGET_GONE'].includes(code) ? undefined : reasonOf(error);
	}
}

async function close(stream: Readable): Promise<void> {
	stream.on('error', () => undefined);
	stream.destroy();
}
