import {canonicalJson} from './canonical-json.ts';
import {type Digest, digestOf, isDigest} from './digest.ts';
import {ProtoError} from './error.ts';
import {isTicket} from './labels.ts';
import {type Result, results, type VerdictWord, verdicts} from './statement.ts';

/**
 * What the build gate saw and did. Lies in the image as canonical JSON; the contract holds its digest. It is the frontend's
 * word, carried by the image: whoever could choose another frontend could have written it, so a run gate judges it anew.
 */
export interface BuildRecord {
	readonly version: 1;
	readonly frontend: {readonly version: string};
	/** The BuildKit that was asked to build it, as its workers name themselves. */
	readonly engine?: {readonly package?: string; readonly version: string};
	readonly policy: {
		readonly name: string;
		readonly digest: Digest;
		/** As of the build; absent where nobody has set out to approve anything. */
		readonly approval?: RecordedApproval;
	};
	/** The author's Dockerfile, and the text that was built. */
	readonly dockerfile: {readonly digest: Digest; readonly builtDigest: Digest};
	readonly verdict: VerdictWord;
	/** Every control that was asked about. */
	readonly controls: readonly {readonly control: string; readonly result: Result; readonly level: string}[];
	readonly findings: readonly RecordedFinding[];
	readonly repairs: readonly {readonly rule: string; readonly title: string; readonly line?: number}[];
	/**
	 * Images from outside, by the reference as written; without a digest when the builder could not tell. With the ticket for which one
	 * was built by break-glass, as its label says.
	 */
	readonly bases: readonly {readonly reference: string; readonly digest?: Digest; readonly ticket?: string}[];
	/** Absent when no proxy was put in. */
	readonly proxy?: {
		readonly image: string;
		readonly configDigest: Digest;
		/** What the tree of that image was when it was built with, for each platform; empty where the builder could not tell. */
		readonly trees?: readonly ProxyTree[];
	};
	/** Absent where nothing was to be tried. The record goes in before, and an image whose start did not pass is not handed over. */
	readonly selfTest?: RecordedSelfTest;
	/** What lay in the finished image, without this layer's last word; absent where nobody looked. */
	readonly inspection?: RecordedInspection;
	/** Present when findings stopped this build and a person built all the same, for what this ticket says. */
	readonly bypass?: {readonly ticket: string};
}

/** Counts, and never paths. */
export interface RecordedInspection {
	/** Of several, the one that was looked into. */
	readonly platform: string;
	readonly files: number;
	readonly bytes: number;
	/** Folders that could not be looked into: more than 0 makes every other number a lower bound. */
	readonly unread: number;
	readonly packages: Readonly<Record<'dpkg' | 'apk' | 'npm' | 'python', number>>;
	readonly setuid: number;
	readonly worldWritable: number;
	readonly shells: number;
	readonly packageManagers: number;
	readonly compilers: number;
	readonly credentials: number;
}

/** Whether the result was started in the build, and which rules' repairs were taken back because of it. */
export interface RecordedSelfTest {
	readonly outcome: 'passed' | 'not-run';
	/** Where it was started; what the image is for other platforms nobody has seen start. */
	readonly platform?: string;
	readonly takenBack: readonly string[];
}

/** The proxy's image as one platform gets it. Its layers are named by their content, whatever store or registry it lay in. */
export interface ProxyTree {
	readonly platform: string;
	/** What it was called where it is not the record's `image`. Absent in records of before it was written down. */
	readonly image?: string;
	readonly config: Digest;
	readonly layers: readonly Digest[];
}

/** What stood beside the policy: never more than the approvals themselves say. */
export interface RecordedApproval {
	readonly state: string;
	/** Ids of those who approved, as the approvals name them. */
	readonly by: readonly string[];
}

/** Where something was found, and not what: messages quote the author, and records are kept for years. */
export interface RecordedFinding {
	readonly rule: string;
	/** Absent for a rule that feeds no control. */
	readonly control?: string;
	readonly result: Result;
	readonly level: string;
	readonly tier?: string;
	readonly line?: number;
}

/** Largest record that is read, in bytes: fifty findings of every rule are less. */
export const MAX_BUILD_RECORD_BYTES = 2 * 1024 * 1024;
const MAX_ITEMS = 20_000;

/** The bytes that go into the image, and their digest. */
export function sealBuildRecord(record: BuildRecord): {readonly bytes: Uint8Array; readonly digest: Digest} {
	const bytes = new TextEncoder().encode(`${canonicalJson(record)}\n`);
	return {bytes, digest: digestOf(bytes)};
}

/**
 * Bytes of a record → BuildRecord. Anybody may have written them: every field is checked here, once.
 * @throws {ProtoError} PROTO_BAD_BUILD_RECORD naming the first field that is wrong
 */
export function readBuildRecord(bytes: Uint8Array): BuildRecord {
	if (bytes.length > MAX_BUILD_RECORD_BYTES) {
		throw refused(`is larger than ${MAX_BUILD_RECORD_BYTES} bytes`);
	}

	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
	} catch (cause) {
		throw refused('is not JSON', cause);
	}

	const wrong = isRecord(value) ? firstWrong(value) : 'version';
	if (wrong !== undefined) {
		throw refused(`has a missing or malformed ${wrong}`);
	}

	return value as BuildRecord; // Checked field by field in firstWrong.
}

function refused(what: string, cause?: unknown): ProtoError {
	return new ProtoError('PROTO_BAD_BUILD_RECORD', `The build record ${what}`, {cause});
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

function firstWrong(record: Fields): string | undefined {
	return Object.entries(shape).find(([key, check]) => !check(record[key]))?.[0];
}

const isText: Check = value => typeof value === 'string' && value.length > 0 && value.length <= 1024;
const isId: Check = value => typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value);
const isLevel: Check = value => ['off', 'info', 'warn', 'error'].includes(String(value));
const isResult: Check = value => results.some(result => result === value);
const isCount: Check = value => Number.isSafeInteger(value) && Number(value) >= 0;
const isLine: Check = value => Number.isSafeInteger(value) && Number(value) > 0;

const shape: Readonly<Record<keyof BuildRecord, Check>> = {
	version: value => value === 1,
	frontend: mapping({version: isText}),
	engine: optional(mapping({package: optional(isText), version: isText})),
	policy: mapping({
		name: isText,
		digest: isDigest,
		approval: optional(mapping({state: isId, by: listOf(isText)})),
	}),
	dockerfile: mapping({digest: isDigest, builtDigest: isDigest}),
	verdict: value => verdicts.some(verdict => verdict === value),
	controls: listOf(mapping({control: isId, result: isResult, level: isLevel})),
	findings: listOf(
		mapping({
			rule: isId,
			control: optional(isId),
			result: isResult,
			level: isLevel,
			tier: optional(value => typeof value === 'string' && /^[A-Za-z0-9]{1,8}$/.test(value)),
			line: optional(isLine),
		}),
	),
	repairs: listOf(mapping({rule: isId, title: isText, line: optional(isLine)})),
	bases: listOf(mapping({reference: isText, digest: optional(isDigest), ticket: optional(isTicket)})),
	proxy: optional(
		mapping({
			image: isText,
			configDigest: isDigest,
			trees: optional(
				listOf(
					mapping({platform: isText, image: optional(isText), config: isDigest, layers: listOf(isDigest)}),
				),
			),
		}),
	),
	selfTest: optional(
		mapping({
			outcome: value => value === 'passed' || value === 'not-run',
			platform: optional(isText),
			takenBack: listOf(isId),
		}),
	),
	inspection: optional(
		mapping({
			platform: isText,
			files: isCount,
			bytes: isCount,
			unread: isCount,
			packages: mapping({dpkg: isCount, apk: isCount, npm: isCount, python: isCount}),
			setuid: isCount,
			worldWritable: isCount,
			shells: isCount,
			packageManagers: isCount,
			compilers: isCount,
			credentials: isCount,
		}),
	),
	bypass: optional(mapping({ticket: isTicket})),
};

function mapping(fields: Readonly<Record<string, Check>>): Check {
	return value => isRecord(value) && Object.entries(fields).every(([key, check]) => check(value[key]));
}

function listOf(check: Check): Check {
	return value => Array.isArray(value) && value.length <= MAX_ITEMS && value.every(item => check(item));
}

function optional(check: Check): Check {
	return value => value === undefined || check(value);
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
