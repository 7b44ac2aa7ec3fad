import {setTimeout as sleep} from 'node:timers/promises';
import {buildStatementOf} from '../daemon/build-gate.ts';
import {dockerOf} from '../daemon/docker/client.ts';
import {reasonOf} from '../daemon/error.ts';
import {availabilityControls} from '../policies/controls/availability.ts';
import {isolationControls} from '../policies/controls/isolation.ts';
import type {CheckStatement} from '../proto/statement.ts';
import {readFromArchive} from './archive-image.ts';
import {builtImageOf} from './built-image.ts';
import {asking, readFromEngine} from './engine-image.ts';
import {CliError} from './error.ts';
import {examineContainer, type Verifying} from './verify-container.ts';
import type {Examined} from './verify-examined.ts';

/** What an image says of its build, by its label, contract and record, judged by this policy. Nothing is started. */
export async function examineImage({host, rules}: Verifying, name: string): Promise<Examined> {
	const found = isPath(name) ? await readFromArchive(name) : await readFromEngine(name, host);
	const built = builtImageOf(found);
	const {bundle, policy} = rules;
	const statement = buildStatementOf(built, bundle, {policy}, new Date());
	const {verdict, checks, build} = statement.predicate;
	const {bypass} = build;
	const digest = found.subjects[0]?.digest['sha256'];
	return {
		what: 'image',
		name,
		details: digest === undefined ? [] : [`sha256:${digest.slice(0, 12)}`],
		verdict,
		checks,
		notes: [
			...(bypass === undefined ? [] : [`It was built although findings stop it, for ${bypass.ticket}.`]),
			'As its build recorded it; --run starts it and looks.',
		],
		statement,
	};
}

/** As `policy attest` takes it: an OCI layout, or what `docker save` wrote. */
export function isPath(name: string): boolean {
	return /^\.{0,2}\//.test(name) || name.endsWith('.tar');
}

/** What no image decides: whoever starts it in earnest gives it other limits and rights. */
const startersChoice = new Set([...Object.keys(isolationControls), ...Object.keys(availabilityControls)]);
/** Of those, what the image itself says. */
const imagesOwn = new Set(['run-user-non-root', 'health-check-defined', 'health-state']);

/** How long an image may take until it is healthy, or listens. */
const START_MS = 30_000;
/** Who has no health check has started when it still runs then. */
const SETTLE_MS = 1000;
const POLL_MS = 250;

/** Starts the image where nobody reaches it but this host, looks at it, and removes it, whatever happens. */
export async function examineTrial(
	verifying: Verifying,
	name: string,
	signal: AbortSignal,
): Promise<Examined> {
	const {host, means} = verifying;
	const docker = dockerOf(host);
	const container = await asking(name, host, () =>
		docker.createContainer({
			Image: name,
			Labels: {'dev.sallyport.trial': 'true'},
			HostConfig: {
				// Nothing of it is published, it cannot eat the host, and it comes back by no policy.
				PublishAllPorts: false,
				Memory: 1024 ** 3,
				PidsLimit: 512,
				SecurityOpt: ['no-new-privileges:true'],
			},
		}),
	);
	try {
		await asking(name, host, () => container.start());
		await untilUp(async () => (await container.inspect()).State, name, signal);
		const examined = await examineContainer(
			{...verifying, means: {...means, reachMs: START_MS}},
			container.id,
			signal,
		);
		const checks = examined.checks.filter(isOfImage);
		return {
			...examined,
			what: 'image',
			name,
			verdict: verdictOf(checks),
			checks,
			notes: [
				'Started for this look, and removed again. Rights and limits are those of whoever runs it, and not judged here.',
			],
		};
	} finally {
		await container.remove({force: true, v: true}).catch((cause: unknown) => {
			throw new CliError(
				'CLI_NO_ANSWER',
				`The container ${container.id.slice(0, 12)} of this trial could not be removed: ${reasonOf(cause)}`,
				{cause},
			);
		});
	}
}

function isOfImage({control}: CheckStatement): boolean {
	return imagesOwn.has(control) || !startersChoice.has(control);
}

function verdictOf(checks: readonly CheckStatement[]): Examined['verdict'] {
	const required = checks.filter(({level}) => level === 'error');
	if (required.some(({result}) => result === 'fail')) {
		return 'fail';
	}

	return required.some(({result}) => result === 'error' || result === 'not-evaluated')
		? 'incomplete'
		: 'pass';
}

interface State {
	readonly Running: boolean;
	readonly ExitCode: number;
	readonly Health?: {readonly Status: string} | undefined;
}

/** Waits for the health check, where there is one. @throws {CliError} when it ends before that */
async function untilUp(stateOf: () => Promise<State>, name: string, signal: AbortSignal): Promise<void> {
	const began = performance.now();
	for (let ran = 0; ran < START_MS; ran = performance.now() - began) {
		const {Running: isRunning, ExitCode: code, Health: health} = await stateOf();
		if (!isRunning) {
			throw new CliError(
				'CLI_BAD_INPUT',
				`${name} ended at once with ${code}, so there is nothing to look at`,
			);
		}

		if (health === undefined ? ran > SETTLE_MS : health.Status !== 'starting') {
			return;
		}

		await sleep(POLL_MS, undefined, {signal});
	}
}
