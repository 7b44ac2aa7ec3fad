import type {Bundle} from '../policies/bundle.ts';
import {type BuildRecord, type RecordedSelfTest, sealBuildRecord} from '../proto/build-record.ts';
import {type Contract, sealContract} from '../proto/contract.ts';
import type {Digest} from '../proto/digest.ts';
import {paths} from '../proto/labels.ts';
import {buildRecordOf} from './build-record.ts';
import type {Passage} from './bypass.ts';
import {contractOf, type Rendered, renderedOf} from './contract.ts';
import type {Injection} from './delegate.ts';
import {type Opened, openDockerfile} from './examine.ts';
import type {Capabilities} from './gateway/capabilities.ts';
import {hardeningLines} from './hardening.ts';
import {imageLabels} from './image-labels.ts';
import type {Inspection} from './inspection.ts';
import type {Left} from './left.ts';
import type {Platform} from './options.ts';
import {type ProxySources, treesIn} from './proxy-trees.ts';
import {rewrite} from './rewrite.ts';
import type {BuildRequest} from './rules/rule.ts';
import type {Settled} from './settle.ts';
import type {Sources} from './source/read.ts';

/** All that is decided before anything is built. */
export interface Decision extends Settled {
	readonly rendered: Rendered | undefined;
	/** The text that goes to BuildKit. */
	readonly text: Uint8Array;
	readonly contract: Contract & Required<Pick<Contract, 'record'>>;
	/** The build's record, and its bytes, which the contract names. */
	readonly record: BuildRecord;
	readonly recordBytes: Uint8Array;
	readonly passage: Passage;
	/** For the image's configuration. */
	readonly labels: Readonly<Record<string, string>>;
	/** What was not made of what is on trial. */
	readonly left: Left | undefined;
	/** Where the proxy comes from; empty where none is wanted. */
	readonly proxySources: ProxySources;
}

export interface Decided {
	readonly opened: Opened;
	readonly sources: Sources;
	readonly bundle: Bundle;
	/** For which the image is built. */
	readonly platforms: readonly Platform[];
	readonly left: Left | undefined;
	/** Absent where nothing is to be tried. */
	readonly selfTest: RecordedSelfTest | undefined;
	readonly engine: Capabilities['engine'];
	/** The image that a plan needs, and what the builder says of it. */
	readonly proxyImage: string;
	readonly proxySources: ProxySources;
	readonly passage: Passage;
	readonly request: BuildRequest | undefined;
	readonly manifests: ReadonlyMap<string, string> | undefined;
	/** Of the finished image, where it has been looked into. */
	readonly inspection: Inspection | undefined;
}

/** A judgement → the text, the contract and the record that come of it. */
export function decisionOf(settled: Settled, {opened, sources, bundle, left, ...known}: Decided): Decision {
	const {examined} = settled;
	const {passage, request, manifests, proxySources} = known;
	const rendered = renderedOf(examined.plan, examined.engine, known.proxyImage);
	const repaired = openDockerfile({...opened, bytes: examined.bytes, target: examined.targetName});
	const over = hardeningLines({
		opened: repaired,
		fixes: examined.fixes,
		images: settled.images,
		bundle,
		platforms: known.platforms,
	});
	const text = rewrite(repaired.dockerfile, repaired.target, rendered !== undefined, over);
	const plain = contractOf(sources.dockerfile, bundle, examined.verdict, rendered);
	const {ticket} = passage;
	const approval = bundle.standing?.approval;
	const record = buildRecordOf({
		...settled,
		...known,
		contract: plain,
		text,
		approval,
		ticket,
		proxyTrees: treesIn(proxySources, known.platforms),
	});
	const {bytes, digest} = sealBuildRecord(record);
	return {
		...settled,
		rendered,
		text,
		contract: {...plain, record: {digest}},
		record,
		recordBytes: bytes,
		passage,
		labels: imageLabels({opened: repaired, images: settled.images, bundle, request, manifests}),
		left,
		proxySources,
	};
}

/** What goes into the image besides what the Dockerfile says, and the digest of the contract in it. */
export function injectionOf({contract, rendered, recordBytes, proxySources}: Decision): {
	readonly injection: Injection;
	readonly digest: Digest;
} {
	const {bytes, digest} = sealContract(contract);
	const files = (rendered?.files ?? []).map(({path, mode, content}) => ({
		path,
		mode,
		data: new TextEncoder().encode(content),
	}));
	const notes = [
		{path: paths.contract, mode: 0o644, data: bytes},
		{path: paths.buildRecord, mode: 0o644, data: recordBytes},
	];
	return {injection: {files, notes, proxyImage: rendered?.image, proxySources}, digest};
}
