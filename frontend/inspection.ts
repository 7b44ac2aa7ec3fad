import {credentialsIn} from '../policies/token-formats.ts';

/** What lies in a finished image, by our program's report and by the image's own configuration. */
export interface Inspection {
	readonly platform: string;
	readonly files: number;
	readonly bytes: number;
	/** Folders that were not looked into. */
	readonly unread: number;
	readonly os: {readonly id: string; readonly version: string};
	readonly packages: Readonly<Record<'dpkg' | 'apk' | 'npm' | 'python', number>> & {readonly hasRpm: boolean};
	readonly setuid: Listed;
	readonly worldFiles: Listed;
	readonly worldFolders: Listed;
	readonly shells: Listed;
	readonly managers: Listed;
	readonly compilers: Listed;
	readonly ssh: Listed;
	readonly git: Listed;
	readonly credentials: {readonly count: number; readonly found: readonly FoundCredential[]};
	/** `USER` of the configuration. */
	readonly user: string;
	/** False where the image has no such user in its list. */
	readonly isUserKnown: boolean;
	/** Where in the configuration a credential stands, and what it is. */
	readonly history: readonly {readonly where: string; readonly title: string; readonly tier: 'T1' | 'T2'}[];
}

export interface Listed {
	readonly count: number;
	/** The first of them. */
	readonly paths: readonly string[];
}

export interface FoundCredential {
	readonly path: string;
	readonly kind: string;
	/** In bytes. What it is goes nowhere. */
	readonly length: number;
}

export const MAX_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_TEXT = 1024;
const MAX_LIST = 64;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The program's report, and the configuration beside it. Both tell about what an enemy may have written: every field is checked.
 * Undefined when the report is none.
 */
export function readInspection(bytes: Uint8Array, image: unknown, platform: string): Inspection | undefined {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return undefined;
	}

	if (!isRecord(value) || value['version'] !== 1) {
		return undefined;
	}

	const report = value;
	const os = recordAt(report, 'os');
	const packages = recordAt(report, 'packages');
	const credentials = recordAt(report, 'credentials');
	const config = recordAt(isRecord(image) ? image : {}, 'config');
	return {
		platform,
		files: countAt(report, 'files'),
		bytes: countAt(report, 'bytes'),
		unread: countAt(report, 'unread'),
		os: {id: textAt(os, 'id'), version: textAt(os, 'version')},
		packages: {
			dpkg: countAt(packages, 'dpkg'),
			apk: countAt(packages, 'apk'),
			npm: countAt(packages, 'npm'),
			python: countAt(packages, 'python'),
			hasRpm: packages['hasRpm'] === true,
		},
		setuid: listedAt(report, 'setuid'),
		worldFiles: listedAt(report, 'worldFiles'),
		worldFolders: listedAt(report, 'worldFolders'),
		shells: listedAt(report, 'shells'),
		managers: listedAt(report, 'managers'),
		compilers: listedAt(report, 'compilers'),
		ssh: listedAt(report, 'ssh'),
		git: listedAt(report, 'git'),
		credentials: {
			count: countAt(credentials, 'count'),
			found: itemsAt(credentials, 'found').flatMap(item =>
				isRecord(item)
					? [{path: textAt(item, 'path'), kind: textAt(item, 'kind'), length: countAt(item, 'length')}]
					: [],
			),
		},
		user: userOf(image),
		isUserKnown: report['isUserKnown'] !== false,
		history: historyOf(isRecord(image) ? image : {}, config),
	};
}

export function userOf(image: unknown): string {
	return textAt(recordAt(isRecord(image) ? image : {}, 'config'), 'User');
}

/** Steps, labels and variables of a configuration that hold a credential: everybody who may pull the image reads them. */
function historyOf(image: Fields, config: Fields): Inspection['history'] {
	const steps = itemsAt(image, 'history', MAX_STEPS).flatMap((item, index) =>
		isRecord(item) ? [[`step ${index + 1} of the history`, item['created_by']] as const] : [],
	);
	const labels = Object.entries(recordAt(config, 'Labels')).slice(0, MAX_STEPS);
	const env = itemsAt(config, 'Env', MAX_STEPS).map(each => ['a variable of the environment', each] as const);
	const texts = [...steps, ...labels.map(([, text]) => ['a label', text] as const), ...env];
	return texts.flatMap(([where, text]) => {
		const [match] = typeof text === 'string' ? credentialsIn(text.slice(0, MAX_STEP)) : [];
		return match === undefined ? [] : [{where, title: match.format.title, tier: match.format.tier}];
	});
}

const MAX_STEPS = 500;
const MAX_STEP = 64 * 1024;

function recordAt(value: Fields, key: string): Fields {
	const found = value[key];
	return isRecord(found) ? found : {};
}

function itemsAt(value: Fields, key: string, max = MAX_LIST): readonly unknown[] {
	const found = value[key];
	return Array.isArray(found) ? found.slice(0, max) : [];
}

function listedAt(value: Fields, key: string): Listed {
	const found = recordAt(value, key);
	const paths = itemsAt(found, 'paths').filter(path => typeof path === 'string');
	return {count: countAt(found, 'count'), paths: paths.map(path => path.slice(0, MAX_TEXT))};
}

function countAt(value: Fields, key: string): number {
	const found = value[key];
	return Number.isSafeInteger(found) && Number(found) >= 0 ? Number(found) : 0;
}

function textAt(value: Fields, key: string): string {
	const found = value[key];
	return typeof found === 'string' ? found.slice(0, MAX_TEXT) : '';
}

function isRecord(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
