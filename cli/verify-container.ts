import {setOf, statementOf} from '../daemon/attest.ts';
import {connectEngine, type Engine} from '../daemon/docker/engine.ts';
import {readEngineInfo} from '../daemon/docker/engine-info.ts';
import {engineHosts} from '../daemon/docker/hosts.ts';
import {hostViewOf} from '../daemon/host/view.ts';
import {type Judged, judge} from '../daemon/judge.ts';
import type {Means} from '../daemon/look.ts';
import type {Registry} from '../daemon/paces.ts';
import {openFinder} from '../daemon/probes/discover.ts';
import {registry} from '../daemon/probes/index.ts';
import {defaultLimits} from '../daemon/probes/run.ts';
import {policyFactsOf, type Rules, readRules} from '../daemon/rules.ts';
import type {ControlId} from '../policies/catalogue.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {printable} from './printable.ts';
import type {Examined} from './verify-examined.ts';

/** What every look of one command shares. */
export interface Verifying {
	readonly engine: Engine;
	readonly host: string;
	readonly means: Means;
	readonly rules: Rules;
	/** What is asked: everything, or everything that a person waits for. */
	readonly registry: Registry;
}

interface Files {
	readonly policy?: string | undefined;
	readonly trust?: string | undefined;
	readonly attestations?: string | undefined;
	readonly 'docker-host'?: string | undefined;
	readonly thorough?: boolean;
}

/** These watch how long a server bears a slow client, and are as slow. */
const slow: ReadonlySet<string> = new Set(['proxy-timeouts', 'proxy-request-framing'] satisfies ControlId[]);
const quick: Registry = Object.fromEntries(
	Object.entries(registry).filter(([control]) => !slow.has(control)),
);

/** Long enough for listeners that start with their container. */
const REACH_MS = 3000;

/** @throws {DaemonError} for files that cannot be used; the engine is not asked yet */
export async function openVerifying(files: Files, io: Io): Promise<Verifying> {
	const rules = await readRules(
		{policy: files.policy, trust: files.trust, attestations: files.attestations},
		(_, data) =>
			io.stderr.write(
				`sallyport verify: ${printable(String(data?.['file']))}: ${printable(String(data?.['reason']))}\n`,
			),
	);
	const written = files['docker-host'] ?? (io.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock');
	const [at, ...more] = engineHosts(written, io.env);
	if (at === undefined || more.length > 0) {
		throw new CliError('CLI_USAGE', '--docker-host names one engine here');
	}

	const engine = connectEngine(at);
	return {
		engine,
		host: at.address,
		rules,
		registry: files.thorough === true ? registry : quick,
		means: {
			engine,
			record: undefined,
			trust: rules.trust,
			releases: rules.releases,
			host: hostViewOf({
				engine: signal => readEngineInfo(at, signal),
				state: undefined,
				record: undefined,
				policy: () => policyFactsOf(rules),
			}),
			paramsOf: control => rules.bundle.settings[control].params,
			finder: openFinder(),
			reachMs: REACH_MS,
		},
	};
}

export async function examineContainer(
	{means, rules, registry: asked}: Pick<Verifying, 'means' | 'rules' | 'registry'>,
	id: string,
	signal: AbortSignal,
): Promise<Examined> {
	const judging = {bundle: rules.bundle, limits: defaultLimits, registry: asked};
	const examined = examinedOf(await judge(id, means, judging, signal), rules);
	return asked === registry ? examined : {...examined, notes: [...examined.notes, SHORT]};
}

const SHORT = `Not asked here: ${[...slow].join(', ')}; they take half a minute (--thorough).`;

/** The statement that the daemon would sign, unsigned, and what stands in it. */
export function examinedOf({subject, verdict, startedOn, finishedOn}: Judged, {policy}: Rules): Examined {
	const {target, promised} = subject;
	const seen = {target, promised, verdict, startedOn, finishedOn, validUntil: finishedOn};
	const statement = statementOf({...seen, trigger: 'manual', previous: undefined}, {hostId: 'none', policy});
	return {
		what: 'container',
		name: target.name,
		details: [target.image.reference, `sha256:${setOf(target.image.digest)['sha256']?.slice(0, 12)}`],
		verdict: verdict.outcome,
		checks: statement.predicate.checks,
		notes:
			promised.state === 'kept' ? [] : [`Nothing was promised that could be believed: ${promised.reason}.`],
		statement,
	};
}
