import {type ImageName, imageNameOf, officialNameOf} from './image-name.ts';
import {javaRuntimeOf} from './java-images.ts';
import {
	insteadOf,
	sameTag,
	slimAfterVersion,
	slimAtEnd,
	slimDebian,
	type TagRule,
	versionWith,
} from './smaller-tags.ts';

/** A smaller image in which the same program runs. */
export interface Smaller {
	readonly ref: string;
	/** What the larger one brings, for a message. */
	readonly brings: string;
	/**
	 * `same`: made by the same people from the same system, only with less in it. `other`: another system or maker, so only where
	 * no step was written for the first one. `told`: nobody should go there without having thought about it.
	 */
	readonly likeness: 'same' | 'other' | 'told';
}

interface Neighbour {
	readonly to: string;
	readonly tag: TagRule;
	readonly brings: string;
	readonly likeness: Smaller['likeness'];
}

const BUILD_TOOLS = 'compilers and libraries that few applications need to run';
const JDK = 'a compiler and tools to develop with';
const SYSTEM = 'a whole system of tools that a server does not call';

function slim(tag: TagRule): Omit<Neighbour, 'to'> {
	return {tag, brings: BUILD_TOOLS, likeness: 'same'};
}

/**
 * State: November 2026, from the makers' own lists of tags. What is not here has no smaller image that is the same: PostgreSQL's
 * Alpine image sorts text in another way, which breaks indexes of a database that was made with the other; php has no image
 * without its build tools; Ubuntu's is small.
 */
const neighbours: Readonly<Record<string, Neighbour>> = {
	'docker.io/library/node': {to: 'node', ...slim(slimAtEnd)},
	'docker.io/library/swift': {to: 'swift', ...slim(slimAtEnd)},
	'docker.io/oven/bun': {to: 'oven/bun', ...slim(versionWith('slim'))},
	'docker.io/library/python': {to: 'python', ...slim(slimAfterVersion)},
	'docker.io/library/pypy': {to: 'pypy', ...slim(slimAfterVersion)},
	'docker.io/library/ruby': {to: 'ruby', ...slim(slimAfterVersion)},
	'docker.io/library/perl': {to: 'perl', ...slim(slimAfterVersion)},
	'docker.io/library/elixir': {to: 'elixir', ...slim(versionWith('slim'))},
	'docker.io/library/erlang': {to: 'erlang', ...slim(versionWith('slim'))},
	'docker.io/library/debian': {
		to: 'debian',
		tag: slimDebian,
		brings: 'manual pages and translations',
		likeness: 'same',
	},
	'docker.io/library/buildpack-deps': {
		to: 'debian',
		tag: tag => (/^(?:trixie|bookworm|bullseye)$/.test(tag) ? `${tag}-slim` : undefined),
		brings: BUILD_TOOLS,
		likeness: 'same',
	},
	'docker.io/nvidia/cuda': {
		to: 'nvidia/cuda',
		tag: insteadOf('devel', 'runtime'),
		brings: 'compilers and headers',
		likeness: 'other',
	},
	'mcr.microsoft.com/dotnet/sdk': {
		to: 'mcr.microsoft.com/dotnet/aspnet',
		tag: sameTag,
		brings: 'the SDK',
		// The runtime's image sets where to listen, and the SDK's does not.
		likeness: 'told',
	},
	'docker.io/library/nginx': {
		to: 'nginx',
		tag: tag =>
			/^(?:\d+(?:\.\d+){0,2}|stable|mainline)(?:-(?:trixie|bookworm))?$/.test(tag)
				? `${tag.split('-')[0]}-alpine-slim`
				: undefined,
		brings: SYSTEM,
		likeness: 'other',
	},
	'docker.io/library/httpd': {to: 'httpd', tag: versionWith('alpine'), brings: SYSTEM, likeness: 'told'},
	'docker.io/library/redis': {to: 'redis', tag: versionWith('alpine'), brings: SYSTEM, likeness: 'told'},
	'docker.io/library/memcached': {
		to: 'memcached',
		tag: versionWith('alpine'),
		brings: SYSTEM,
		likeness: 'told',
	},
	'docker.io/library/almalinux': {
		to: 'almalinux',
		tag: versionWith('minimal'),
		brings: SYSTEM,
		likeness: 'other',
	},
	'docker.io/library/rockylinux': {
		to: 'rockylinux',
		tag: versionWith('minimal'),
		brings: SYSTEM,
		likeness: 'other',
	},
	'docker.io/rockylinux/rockylinux': {
		to: 'rockylinux/rockylinux',
		tag: versionWith('minimal'),
		brings: SYSTEM,
		likeness: 'other',
	},
	'docker.io/library/oraclelinux': {
		to: 'oraclelinux',
		tag: versionWith('slim'),
		brings: SYSTEM,
		likeness: 'other',
	},
	'docker.io/library/amazonlinux': {
		to: 'amazonlinux',
		tag: versionWith('minimal'),
		brings: SYSTEM,
		likeness: 'other',
	},
	'registry.access.redhat.com/ubi9/ubi': {
		to: 'registry.access.redhat.com/ubi9/ubi-minimal',
		tag: sameTag,
		brings: SYSTEM,
		likeness: 'other',
	},
	'registry.access.redhat.com/ubi8/ubi': {
		to: 'registry.access.redhat.com/ubi8/ubi-minimal',
		tag: sameTag,
		brings: SYSTEM,
		likeness: 'other',
	},
};

/** Makers of a Java image whose runtime image is the same system. */
const OWN_JRE: ReadonlySet<string> = new Set([
	'eclipse-temurin',
	'ibm-semeru-runtimes',
	'tomcat',
	'maven',
	'gradle',
]);

/** The smaller image beside this one; nothing for what is small, or not known. */
export function smallerOf(ref: string): Smaller | undefined {
	const name = imageNameOf(ref);
	const java = javaRuntimeOf(name);
	if (java !== undefined) {
		return {ref: java, brings: JDK, likeness: javaLikeness(name)};
	}

	const {full, tag = 'latest'} = name;
	if (!Object.hasOwn(neighbours, full) || SMALL.test(tag)) {
		return undefined;
	}

	const neighbour = neighbours[full];
	const other = neighbour?.tag(tag);
	return neighbour === undefined || other === undefined
		? undefined
		: {ref: `${neighbour.to}:${other}`, brings: neighbour.brings, likeness: neighbour.likeness};
}

const SMALL = /(?:slim|alpine|nanoserver|windowsservercore|minimal|distroless|chiseled)/;

/** maven's and gradle's images on temurin are temurin's with a build tool; their older ones are openjdk's. */
function javaLikeness(name: ImageName): Smaller['likeness'] {
	const official = officialNameOf(name);
	const isOpenJdk = official === 'maven' && name.tag?.includes('eclipse-temurin') !== true;
	return official === undefined || (OWN_JRE.has(official) && !isOpenJdk) ? 'same' : 'other';
}
