import type {Bundle} from '../policies/bundle.ts';
import {catalogue} from '../policies/catalogue.ts';
import type {Check, Verdict} from '../policies/decide.ts';
import {buildGateOf, type Documents} from '../proto/build-gate.ts';
import {encode} from '../proto/buildkit/codec.ts';
import {attestations, type Result} from '../proto/buildkit/gateway.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {type CheckStatement, countsOf, predicateTypes} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import {FrontendError} from './error.ts';
import type {Capabilities} from './gateway/capabilities.ts';
import type {Gateway} from './gateway/client.ts';
import {fileOfImage, oneFile} from './llb/attestation-files.ts';
import {isScripted} from './llb/proxy-layer.ts';
import {type Options, type Platform, platformName} from './options.ts';

const modes = ['inline', 'index', 'none'] as const;

/**
 * `inline`: what goes to a registry or into an image store with indexes gets attestations, also where it would else be an image
 * without an index; exporters of single images leave them out. `index`: always. `none`: nothing is attached; file and label are in
 * the image anyway.
 */
export type AttestMode = (typeof modes)[number];

/** @throws {FrontendError} FRONTEND_BAD_OPTION, also for an engine that knows no attestations at all */
export function attestModeOf(
	{buildArgs}: Pick<Options, 'buildArgs'>,
	{attestations: fate}: Pick<Capabilities, 'attestations'>,
): AttestMode {
	const text = buildArgs.get('SALLYPORT_ATTEST') || 'inline';
	const mode = modes.find(each => each === text);
	if (mode === undefined) {
		const given = JSON.stringify(text.slice(0, 40));
		throw bad(`SALLYPORT_ATTEST=${given} means nothing here; it is one of ${modes.join(', ')}`);
	}

	if (mode === 'index' && fate === 'refused') {
		throw bad('SALLYPORT_ATTEST=index: this builder knows no attestations; take BuildKit 0.11 or later');
	}

	// Where the store drops them, what is only there for an index is not made for nothing.
	return mode === 'inline' && fate !== 'kept' ? 'none' : mode;
}

/** What is told about a wish that this engine's own image store cannot fulfil. */
export function attestNotes(
	mode: AttestMode,
	{attestations: fate}: Pick<Capabilities, 'attestations'>,
): readonly string[] {
	return mode === 'index' && fate === 'dropped'
		? [
				"SALLYPORT_ATTEST=index: this engine's image store keeps no attestations, so an image that it stores has none; turn on its containerd image store, build with docker-container, or export with --output",
			]
		: [];
}

/** What is said of an image, and what was put into it. */
export interface Attesting {
	readonly mode: AttestMode;
	readonly documents: Documents;
	readonly bundle: Bundle;
	readonly verdict: Verdict;
	/** The image of the proxy's tree, when one goes in. */
	readonly proxyImage: string | undefined;
	/** What is written beside the tree. */
	readonly files: readonly {readonly path: string}[];
}

/** Attestations that are ready to be attached, encoded, for a platform. */
export type Attached = (platform: string) => Uint8Array | undefined;

const GATE_FILE = '/sallyport-build-gate.json';
/** Lists of packages in the proxy's image, and what they are called where they are attached. */
const TREE_SBOM = {src: '/opt/sallyport/sbom.spdx.json', dest: '/sallyport-proxy.spdx.json'};
/** Of what runs scripts: it goes in only where a plan has some. */
const SCRIPTING_SBOM = {src: '/opt/sallyport/njs/sbom.spdx.json', dest: '/sallyport-scripting.spdx.json'};
const SPDX = 'https://spdx.dev/Document';

/** Puts predicates where BuildKit can read them when it exports. Nothing is built for it until then. */
export async function prepareAttestations(
	gateway: Gateway,
	options: Options,
	{mode, documents, bundle, verdict, proxyImage, files}: Attesting,
): Promise<Attached> {
	if (mode === 'none') {
		return () => undefined;
	}

	const predicate = new TextEncoder().encode(canonicalJson(predicateOf(documents, bundle, verdict)));
	const platforms = options.platforms.length === 0 ? [options.builder] : options.platforms;
	const listed = proxyImage === undefined ? [] : [TREE_SBOM, ...(isScripted(files) ? [SCRIPTING_SBOM] : [])];
	const [gate, ...lists] = await Promise.all([
		refOf(gateway, oneFile(GATE_FILE, predicate, '[sallyport] build attestation')),
		...platforms.map(platform =>
			sbomsOf(gateway, {ref: proxyImage ?? '', platform, resolveMode: options.resolveMode}, listed),
		),
	]);
	const sboms = new Map(lists.map((refs, at) => [platformId(platforms[at] ?? options.builder), refs]));
	const metadata = mode === 'inline' ? {'inline-only': bytes('true')} : {};
	return platform => {
		const refs = sboms.get(platform) ?? (sboms.size === 1 ? [...sboms.values()][0] : undefined) ?? [];
		return encode(attestations, {
			attestation: [
				{metadata, ref: gate, path: GATE_FILE, predicateType: predicateTypes.buildGate},
				...refs.map((ref, at) => ({
					metadata: {...metadata, reason: bytes('sbom')},
					ref,
					path: listed[at]?.dest ?? '',
					predicateType: SPDX,
				})),
			],
		});
	};
}

type Ref = NonNullable<Result['ref']>;

function sbomsOf(
	gateway: Gateway,
	source: Parameters<typeof fileOfImage>[0],
	files: readonly Parameters<typeof fileOfImage>[1][],
): Promise<readonly Ref[]> {
	return Promise.all(
		files.map(each => refOf(gateway, fileOfImage(source, each, '[sallyport] SBOM of the proxy layer'))),
	);
}

async function refOf(gateway: Gateway, definition: Uint8Array): Promise<Ref> {
	const {result} = await gateway.call('solve', {
		definition,
		allowResultReturn: true,
		allowResultArrayRef: true,
	});
	return result?.ref ?? {};
}

/** Without a time: the same build gives the same image. BuildKit's provenance tells when. */
function predicateOf(documents: Documents, {name, version}: Bundle, verdict: Verdict): unknown {
	const {record} = documents;
	const digest = {sha256: record.policy.digest.slice('sha256:'.length)};
	return buildGateOf(documents, {
		verifier: {id: 'https://sallyport.dev/frontend/v1', version: VERSION},
		policy: {name, version, digest},
		verdict: record.verdict,
		counts: countsOf(verdict.counts),
		checks: verdict.checks.flatMap(checkOf),
	});
}

/** No messages: they quote the author, and attestations go wherever the image goes. */
function checkOf({control, result, level}: Check): readonly CheckStatement[] {
	const {severity, criteria} = catalogue[control];
	return level === 'off' ? [] : [{control, result, severity, level, criteria}];
}

/** The result with our attestations behind those that it has, for each of its platforms. */
export function attested(result: Result, attached: Attached): Result {
	const mine = platformsOf(result).flatMap(platform => {
		const ours = attached(platform);
		const theirs = result.attestations?.[platform] ?? new Uint8Array();
		return ours === undefined ? [] : [[platform, Buffer.concat([theirs, ours])] as const];
	});
	return mine.length === 0
		? result
		: {...result, attestations: {...result.attestations, ...Object.fromEntries(mine)}};
}

/** By the names under which BuildKit looks for attestations: those of the result, or else what its configuration says. */
function platformsOf({metadata = {}}: Result): readonly string[] {
	const listed = metadata['refs.platforms'];
	if (listed !== undefined) {
		const {Platforms} = jsonOf(listed) as {readonly Platforms?: readonly {readonly ID?: string}[]};
		return (Platforms ?? []).flatMap(({ID}) => ID ?? []);
	}

	const config = metadata['containerimage.config'];
	const {os, architecture, variant} = (config === undefined ? {} : jsonOf(config)) as Partial<Platform>;
	return os === undefined || architecture === undefined
		? []
		: [platformId({os, architecture, ...(variant === undefined || variant === '' ? {} : {variant})})];
}

/** As BuildKit writes a platform's name: without the variant that goes without saying. */
function platformId({os, architecture, variant}: Platform): string {
	const usual: Readonly<Record<string, string>> = {arm64: 'v8', amd64: 'v1'};
	const isUsual = variant === undefined || variant === '' || usual[architecture] === variant;
	if (isUsual && architecture === 'arm') {
		return platformName({os, architecture, variant: 'v7'});
	}

	return platformName(isUsual ? {os, architecture} : {os, architecture, variant});
}

function jsonOf(data: Uint8Array): unknown {
	return JSON.parse(new TextDecoder().decode(data));
}

function bytes(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function bad(message: string): FrontendError {
	return new FrontendError('FRONTEND_BAD_OPTION', message);
}
