import {parseArgs, styleText} from 'node:util';
import {setOf, statementOf} from '../daemon/attest.ts';
import {connectEngine} from '../daemon/docker/engine.ts';
import {readEngineInfo} from '../daemon/docker/engine-info.ts';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {hostViewOf} from '../daemon/host/view.ts';
import {type Judged, judge} from '../daemon/judge.ts';
import type {Means} from '../daemon/look.ts';
import {loadPolicy} from '../daemon/policy.ts';
import {defaultLimits} from '../daemon/probes/run.ts';
import {type ReleaseView, releaseViewOf} from '../daemon/releases.ts';
import type {Bundle} from '../policies/bundle.ts';
import type {Check} from '../policies/decide.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {digestOf} from '../proto/digest.ts';
import {type Io, lookOf} from './io.ts';
import {printable} from './printable.ts';

const usage = `Usage: sallyport verify CONTAINER [--policy FILE] [--attestations DIR] [--docker-host HOST] [--json]

Looks at one running container once, and prints what was seen. Nothing is recorded.
Exit 0 when the verdict is pass, 1 when it is fail or incomplete, 2 for wrong usage.
`;

/** `sallyport verify CONTAINER`: the daemon's look, once, without its log. */
export async function runVerify(argv: readonly string[], io: Io): Promise<number> {
	try {
		const {values, positionals} = parseArgs({
			args: [...argv],
			allowPositionals: true,
			options: {
				policy: {type: 'string'},
				attestations: {type: 'string'},
				'docker-host': {type: 'string'},
				json: {type: 'boolean'},
				help: {type: 'boolean'},
			},
		});
		const [name, ...more] = positionals;
		if (values.help === true) {
			io.stdout.write(usage);
			return 0;
		}

		// The name becomes part of a path of the engine's API.
		if (name === undefined || more.length > 0 || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) {
			io.stderr.write(usage);
			return 2;
		}

		const bundle = loadPolicy(values.policy, new Date());
		const host = values['docker-host'] ?? (io.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock');
		const releases = releaseViewOf(values.attestations, bundle, (_, data) =>
			io.stderr.write(
				`sallyport verify: ${printable(String(data?.['file']))}: ${printable(String(data?.['reason']))}\n`,
			),
		);
		const judged = await lookOnce(name, host, bundle, releases);
		io.stdout.write(
			values.json === true
				? `${JSON.stringify(jsonOf(judged, bundle), undefined, 2)}\n`
				: textOf(judged, lookOf(io).isColored),
		);
		return judged.verdict.outcome === 'pass' ? 0 : 1;
	} catch (error) {
		if (!(error instanceof DaemonError)) {
			throw error;
		}

		io.stderr.write(`sallyport verify: ${reasonOf(error)}\n`);
		return 2;
	}
}

async function lookOnce(
	name: string,
	host: string,
	bundle: Bundle,
	releases: ReleaseView | undefined,
): Promise<Judged> {
	const means: Means = {
		engine: connectEngine(host),
		record: undefined,
		trust: [],
		releases,
		host: hostViewOf({
			engine: stop => readEngineInfo(host, stop),
			state: undefined,
			record: undefined,
			policy: () => ({
				name: bundle.name,
				isApprovalRequired: bundle.terms.approval.isRequired,
				approval: bundle.standing?.approval,
			}),
		}),
		paramsOf: control => bundle.settings[control].params,
		reachMs: 3000,
	};
	const judged = await judge(name, means, {bundle, limits: defaultLimits}, new AbortController().signal);
	if ('unattested' in judged) {
		throw new DaemonError(
			'TARGET_MALFORMED',
			`${name} carries no contract, so nothing was promised that could be verified; build its image with "# syntax=sallyport/frontend:1"`,
		);
	}

	return judged;
}

/** The statement that the daemon would sign, unsigned. */
function jsonOf(
	{subject: {target, promised}, verdict, startedOn, finishedOn}: Judged,
	bundle: Bundle,
): unknown {
	const policy = {
		name: bundle.name,
		version: bundle.version,
		digest: setOf(digestOf(canonicalJson(bundle.document))),
	};
	const seen = {target, promised, verdict, startedOn, finishedOn, validUntil: finishedOn};
	return statementOf(
		{...seen, trigger: 'manual', previous: undefined, episode: undefined},
		{hostId: 'none', policy},
	);
}

const colors = {
	pass: 'green',
	fixed: 'green',
	fail: 'red',
	error: 'red',
	'not-evaluated': 'yellow',
	waived: 'yellow',
	'not-applicable': 'dim',
} as const;

function textOf({subject: {target}, verdict}: Judged, isColored: boolean): string {
	const paint = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string): string =>
		isColored ? styleText(style, text, {validateStream: false}) : text;
	const line = ({control, result, level, findings}: Check): string => {
		const [first = '', ...more] = findings
			.filter(finding => finding.result === result)
			.map(finding => finding.message);
		const said = more.length === 0 ? first : `${first} (and ${more.length} more)`;
		return `  ${paint(colors[result], result.padEnd(14))} ${control.padEnd(26)} ${paint('dim', level.padEnd(5))} ${printable(said)}`;
	};
	const {pass, fail} = verdict.counts;
	const open = verdict.checks.length - pass - fail;
	return [
		`${paint('bold', printable(target.name))}  ${printable(target.image.reference)}  ${target.image.digest.slice(0, 19)}`,
		...verdict.checks.map(line),
		`${paint('bold', verdict.outcome)}: ${pass} of ${verdict.checks.length} controls pass, ${fail} fail, ${open} neither`,
		'',
	].join('\n');
}
