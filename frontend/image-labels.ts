import type {Bundle} from '../policies/bundle.ts';
import type {Opened} from './examine.ts';
import {licenceIn} from './licence.ts';
import {finalBase} from './rules/base/external.ts';
import {imageNameOf} from './rules/base/image-name.ts';
import {labelsOf} from './rules/label/labels.ts';
import {sourceUrl} from './rules/label/source-url.ts';
import type {BuildRequest, ImageFacts, Subject} from './rules/rule.ts';
import {subjectOf} from './rules/subject.ts';

/** What is known of a build that can be said in the labels which everybody reads. */
export interface Described {
	/** The text that is built, and its target. */
	readonly opened: Opened;
	readonly images: ReadonlyMap<string, ImageFacts>;
	readonly bundle: Bundle;
	readonly request: BuildRequest | undefined;
	readonly manifests: ReadonlyMap<string, string> | undefined;
}

const PREFIX = 'org.opencontainers.image.';

/**
 * Labels for what the image does not say of itself: where its sources are, which base it has. What its author or the command line
 * says is left alone; what only came with the base is about the base, and gives way. No clock is in them, so that the same sources
 * give the same image.
 */
export function imageLabels(described: Described): Readonly<Record<string, string>> {
	const {opened, images, bundle, request} = described;
	const {level, fix} = bundle.rules['required-labels'];
	if (level === 'off' || fix !== 'auto') {
		return {};
	}

	const subject = subjectOf({...opened, images, plan: undefined, requestedWaivers: [], request});
	const own = new Set([...labelsOf(subject).map(({key}) => key), ...(request?.labels ?? [])]);
	const known = Object.entries({
		...sourceLabels(request),
		...baseLabels(subject),
		created: createdOf(opened),
		licenses: licenceIn(described.manifests),
	});
	return Object.fromEntries(
		known.flatMap(([name, value]) =>
			value === undefined || own.has(PREFIX + name) ? [] : [[PREFIX + name, value]],
		),
	);
}

type Known = Readonly<Record<string, string | undefined>>;

function sourceLabels(request: BuildRequest | undefined): Known {
	const revision = request?.revision ?? '';
	return {
		source: sourceUrl(request?.source ?? ''),
		// What a working copy has beside its commit is no revision that anybody could look up.
		revision: /^[0-9a-f]{40,64}$/.test(revision) ? revision : undefined,
		version: request?.version,
	};
}

function baseLabels(subject: Subject): Known {
	const ref = finalBase(subject)?.ref;
	if (ref === undefined || !/^[\w./:@-]{1,300}$/.test(ref)) {
		return {};
	}

	const {full, tag, digest} = imageNameOf(ref);
	return {
		'base.name': `${full}:${tag ?? 'latest'}`,
		'base.digest': digest ?? subject.images.get(ref)?.digest,
	};
}

/** The time that the sources have, where the build was told it. The moment of the build would make every image another one. */
function createdOf({buildArgs, dockerfile}: Opened): string | undefined {
	const epoch = buildArgs.get('SOURCE_DATE_EPOCH') ?? globalDefault(dockerfile) ?? '';
	return /^\d{1,11}$/.test(epoch)
		? new Date(Number(epoch) * 1000).toISOString().replace('.000Z', 'Z')
		: undefined;
}

function globalDefault({globalArgs}: Opened['dockerfile']): string | undefined {
	const own = globalArgs.map(({args}) => /^SOURCE_DATE_EPOCH=(\d{1,11})$/.exec(args.trim())?.[1]);
	return own.findLast(value => value !== undefined);
}
