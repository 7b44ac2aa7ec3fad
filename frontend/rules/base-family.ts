import type {Stage} from '../dockerfile/ast.ts';
import type {Subject} from './rule.ts';

/**
 * What the name of a base tells about its tools: `debian` has dash as its sh and bash beside it, `alpine` has busybox and no
 * bash, `redhat` has bash as its sh, `distroless` and `scratch` have no shell at all.
 */
export type Family = 'debian' | 'alpine' | 'redhat' | 'distroless' | 'scratch';

/** By stage: the family of the image at the bottom of it; absent where the name does not tell. */
export function familiesOf({dockerfile, references}: Subject): ReadonlyMap<Stage, Family | undefined> {
	const families = new Map<Stage, Family | undefined>();
	for (const stage of dockerfile.stages) {
		const [from] = references.get(stage) ?? [];
		const parent = from?.stage;
		families.set(stage, parent === undefined ? familyOf(from?.ref ?? '') : families.get(parent));
	}

	return families;
}

const DEBIAN_TAG =
	/(?:^|-)(?:slim|trixie|bookworm|bullseye|buster|stretch|jessie|noble|jammy|focal|bionic)(?:-|$)/;
const DEBIAN: ReadonlySet<string> = new Set(['debian', 'ubuntu', 'buildpack-deps']);
/** Official images that are Debian where their tag does not say otherwise. */
const ON_DEBIAN: ReadonlySet<string> = new Set([
	'node',
	'python',
	'golang',
	'ruby',
	'rust',
	'php',
	'perl',
	'gcc',
]);
const OTHER_TAG = /alpine|windows|nanoserver|oracle|ubi|onbuild|distroless/;
const REDHAT: ReadonlySet<string> = new Set([
	...['fedora', 'centos', 'rockylinux', 'almalinux', 'amazonlinux', 'oraclelinux', 'ubi', 'ubi8', 'ubi9'],
]);

function familyOf(ref: string): Family | undefined {
	const [path = '', tag = ''] = tagged(ref.replace(/@.*$/s, ''));
	const official = path.replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
	if (ref === 'scratch') {
		return 'scratch';
	}
	if (path.startsWith('gcr.io/distroless/')) {
		return tag.includes('debug') ? undefined : 'distroless';
	}
	if (official === 'alpine' || (/(?:^|-)alpine/.test(tag) && !official.includes('/'))) {
		return 'alpine';
	}
	if (isDebian(official, tag)) {
		return 'debian';
	}
	return REDHAT.has(path.slice(path.lastIndexOf('/') + 1)) ? 'redhat' : undefined;
}

function isDebian(official: string, tag: string): boolean {
	return (
		DEBIAN.has(official) ||
		(ON_DEBIAN.has(official) && !OTHER_TAG.test(tag)) ||
		(!official.includes('/') && DEBIAN_TAG.test(tag))
	);
}

function tagged(ref: string): readonly string[] {
	const colon = ref.lastIndexOf(':');
	return colon > ref.lastIndexOf('/') ? [ref.slice(0, colon), ref.slice(colon + 1)] : [ref];
}
