import type {ApprovalStanding} from '../policies/assess-approval.ts';
import type {BuildRecord, ProxyTree, RecordedInspection, RecordedSelfTest} from '../proto/build-record.ts';
import type {Contract} from '../proto/contract.ts';
import {digestOf, isDigest} from '../proto/digest.ts';
import {isTicket, labels} from '../proto/labels.ts';
import type {Capabilities} from './gateway/capabilities.ts';
import type {Inspection} from './inspection.ts';
import type {Settled} from './settle.ts';

/** What a build knows when it has decided, and before anything is built. */
export interface Decided extends Pick<Settled, 'examined' | 'images' | 'refs'> {
	/** Without its own record, which it will name. */
	readonly contract: Contract;
	/** The text that goes to BuildKit. */
	readonly text: Uint8Array;
	readonly engine?: Capabilities['engine'];
	readonly approval?: ApprovalStanding | undefined;
	readonly proxyTrees?: readonly ProxyTree[];
	/** What findings were passed over for, if they were. */
	readonly ticket?: string | undefined;
	/** Absent where nothing was to be tried. */
	readonly selfTest?: RecordedSelfTest | undefined;
	/** Absent where nobody has looked into the image. */
	readonly inspection?: Inspection | undefined;
}

/** Writes down what was seen and done: where and by which rule, never the author's words. */
export function buildRecordOf(decided: Decided): BuildRecord {
	const {examined, images, refs, contract, text, selfTest, inspection} = decided;
	const {engine, approval, proxyTrees = [], ticket} = decided;
	const {verdict, findings, applied} = examined;
	const {proxy, frontend, policy, dockerfile} = contract;
	return {
		version: 1,
		frontend,
		...(engine === undefined ? {} : {engine}),
		policy: {
			...policy,
			...(approval === undefined ? {} : {approval: {state: approval.state, by: approval.approvers}}),
		},
		dockerfile: {digest: dockerfile.digest, builtDigest: digestOf(text)},
		verdict: ticket === undefined ? verdict.outcome : 'fail',
		controls: verdict.checks.map(({control, result, level}) => ({control, result, level})),
		findings: findings.map(({rule, control, result, level, tier, place}) => ({
			rule,
			...(control === undefined ? {} : {control}),
			result,
			level,
			...(tier === undefined ? {} : {tier}),
			...(place === undefined ? {} : {line: place.line}),
		})),
		repairs: applied.map(({rule, finding: {fix, place}}) => ({
			rule,
			title: (fix?.title ?? rule).slice(0, 200),
			...(place === undefined ? {} : {line: place.line}),
		})),
		bases: refs.map(reference => {
			const {digest, labels: given = {}} = images.get(reference) ?? {};
			const of = given[labels.bypass];
			return {
				reference: reference.slice(0, 1024),
				...(isDigest(digest) ? {digest} : {}),
				...(isTicket(of) ? {ticket: of} : {}),
			};
		}),
		...(proxy === undefined
			? {}
			: {proxy: {image: proxy.image, configDigest: proxy.configDigest, trees: proxyTrees}}),
		...(ticket === undefined ? {} : {bypass: {ticket}}),
		...(selfTest === undefined ? {} : {selfTest}),
		...(inspection === undefined ? {} : {inspection: summaryOf(inspection)}),
	};
}

/** How much lies in the image, and not where: paths quote the author. */
function summaryOf({platform, files, bytes, unread, packages, ...found}: Inspection): RecordedInspection {
	const {dpkg, apk, npm, python} = packages;
	return {
		platform,
		files,
		bytes,
		unread,
		packages: {dpkg, apk, npm, python},
		setuid: found.setuid.count,
		worldWritable: found.worldFiles.count,
		shells: found.shells.count,
		packageManagers: found.managers.count,
		compilers: found.compilers.count,
		credentials: found.credentials.count,
	};
}
