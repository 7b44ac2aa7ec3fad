import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {Finding} from '../policies/finding.ts';
import type {Digest} from '../proto/digest.ts';
import type {CheckStatement, RuntimeVerification, Statement} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import type {Target} from './docker/target.ts';
import type {Episode} from './episode.ts';
import type {Track, Tracks} from './episodes.ts';
import {type Memory, memoryOf} from './memory.ts';
import type {Sight, Sights} from './sights.ts';

/** A container's newest statement, and the digest of its envelope. */
export interface LastWord {
	readonly statement: Statement<RuntimeVerification>;
	readonly envelope: Digest;
}

/** The trigger of a container's last statement: after it there is nothing to remember but the chain. */
export const END = 'event:die';

/**
 * What a container's newest statement lets the next daemon remember: its chain, its open episodes, and what was seen of it as
 * far as the same version judged it by the same policy. The statement was signed here, so it is believed.
 */
export function recalled({statement, envelope}: LastWord, policy: string, now: Date): Memory | undefined {
	const {predicate} = statement;
	if (predicate.trigger === END) {
		return undefined;
	}

	const isOurs = predicate.verifier.version === VERSION && predicate.policy.digest['sha256'] === policy;
	const target = targetOf(statement);
	return {
		...memoryOf(target, envelope, now),
		sights: isOurs ? sightsOf(predicate) : new Map(),
		tracks: tracksOf(predicate, target),
	};
}

function targetOf({subject, predicate: {target}}: Statement<RuntimeVerification>): Memory['target'] {
	const images = subject.flatMap(({digest, annotations}) =>
		digest['sha256'] === undefined ? [] : [{digest: shaOf(digest['sha256']), kind: annotations?.digestKind}],
	);
	const [first, platform] = images;
	const isManifest = first?.kind === 'oci-manifest';
	const image: Target['image'] = {
		reference: target.image,
		digest: first?.digest ?? shaOf('0'.repeat(64)),
		manifest: platform?.digest ?? (isManifest ? first.digest : undefined),
	};
	return {
		id: target.containerId,
		name: target.name,
		image,
		startedAt: new Date(target.startedAt ?? 0),
		running: true,
		labelsDigest: shaOf(target.labelsDigest?.['sha256'] ?? '0'.repeat(64)),
	};
}

function shaOf(hex: string): Digest {
	return `sha256:${hex}`;
}

function sightsOf({checks, startedOn}: RuntimeVerification): Sights {
	return new Map(
		checks.flatMap((check): readonly (readonly [ControlId, Sight])[] => {
			const at = Date.parse(check.at ?? startedOn);
			// What could not be looked at is worth another look at once.
			return isControl(check.control) && check.result !== 'not-evaluated' && Number.isFinite(at)
				? [[check.control, {at, findings: findingsOf(check, check.control)}]]
				: [];
		}),
	);
}

/** The words of the findings that decided; the others keep their result alone. */
function findingsOf(
	{result, message = '', expected, observed, findings = [{result}]}: CheckStatement,
	control: ControlId,
): readonly Finding[] {
	return findings.map((finding, index): Finding => {
		const raw = finding.raw ?? (finding.result === 'waived' ? 'fail' : finding.result);
		return {
			control,
			result: raw,
			message: finding.result === result ? message : '',
			...(finding.tier !== undefined && {tier: finding.tier}),
			...(finding.level !== undefined && {level: finding.level}),
			...(index === 0 && expected !== undefined && {expected}),
			...(index === 0 && observed !== undefined && {observed}),
		};
	});
}

function tracksOf({checks}: RuntimeVerification, target: Memory['target']): Tracks {
	return new Map(
		checks.flatMap((check): readonly (readonly [ControlId, Track])[] => {
			const episode = isControl(check.control) ? episodeOf(check, check.control, target) : undefined;
			return episode === undefined
				? []
				: [[episode.control, {bad: episode.observations, good: 0, firstBadAt: episode.openedAt, episode}]];
		}),
	);
}

function episodeOf(
	{severity, level, result, message = '', episode}: CheckStatement,
	control: ControlId,
	{id, name, image}: Memory['target'],
): Episode | undefined {
	if (episode === undefined || episode.closedAt !== undefined) {
		return;
	}

	const {id: episodeId, openedAt, lastSeenAt, observations, acknowledged} = episode;
	return {
		id: episodeId,
		container: {id, name, image: image.reference},
		control,
		severity,
		level,
		result: result === 'error' || result === 'not-evaluated' ? result : 'fail',
		message,
		openedAt,
		lastSeenAt,
		observations,
		...(acknowledged !== undefined && {acknowledged}),
	};
}

function isControl(control: string): control is ControlId {
	return Object.hasOwn(catalogue, control);
}
