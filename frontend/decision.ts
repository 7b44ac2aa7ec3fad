import type {Bundle} from '../policies/bundle.ts';
import {type RecordedSelfTest, sealBuildRecord} from '../proto/build-record.ts';
import {type Contract, sealContract} from '../proto/contract.ts';
import {paths} from '../proto/labels.ts';
import {buildRecordOf} from './build-record.ts';
import {contractOf, type Rendered, renderedOf} from './contract.ts';
import type {Injection} from './delegate.ts';
import {type Opened, openDockerfile} from './examine.ts';
import {rewrite} from './rewrite.ts';
import type {Settled} from './settle.ts';
import type {Sources} from './source/read.ts';

/** All that is decided before anything is built. */
export interface Decision extends Settled {
	readonly rendered: Rendered | undefined;
	/** The text that goes to BuildKit. */
	readonly text: Uint8Array;
	readonly contract: Contract;
	/** The bytes of the build's record, which the contract names. */
	readonly record: Uint8Array;
}

export interface Decided {
	readonly opened: Opened;
	readonly sources: Sources;
	readonly bundle: Bundle;
	/** Absent where nothing is to be tried. */
	readonly selfTest: RecordedSelfTest | undefined;
}

/** A judgement → the text, the contract and the record that come of it. */
export function decisionOf(settled: Settled, {opened, sources, bundle, selfTest}: Decided): Decision {
	const {examined} = settled;
	const rendered = renderedOf(examined.plan);
	const repaired = openDockerfile({...opened, bytes: examined.bytes, target: examined.targetName});
	const text = rewrite(repaired.dockerfile, repaired.target);
	const plain = contractOf(sources.dockerfile, bundle, examined.verdict, rendered);
	const record = sealBuildRecord(buildRecordOf({...settled, contract: plain, text, selfTest}));
	return {
		...settled,
		rendered,
		text,
		contract: {...plain, record: {digest: record.digest}},
		record: record.bytes,
	};
}

/** What goes into the image besides what the Dockerfile says, and the digest of the contract in it. */
export function injectionOf({contract, rendered, record}: Decision): {
	readonly injection: Injection;
	readonly digest: string;
} {
	const {bytes, digest} = sealContract(contract);
	const files = (rendered?.files ?? []).map(({path, mode, content}) => ({
		path,
		mode,
		data: new TextEncoder().encode(content),
	}));
	const notes = [
		{path: paths.contract, mode: 0o644, data: bytes},
		{path: paths.buildRecord, mode: 0o644, data: record},
	];
	return {injection: {files: [...files, ...notes], proxyImage: rendered?.image}, digest};
}
