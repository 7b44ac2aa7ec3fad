import {subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Reference} from '../../stages/references.ts';
import {textsOf} from '../params.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {isApproved} from './approved-base.ts';
import {finalBase} from './external.ts';
import {needOfFullImage} from './full-image-needs.ts';
import {imageNameOf, officialNameOf, shownRef} from './image-name.ts';
import {mappedBy} from './mapped.ts';
import {type Smaller, smallerOf} from './smaller-images.ts';

/** Images made to build with; what comes out needs none of it. */
const TOOLCHAINS: ReadonlySet<string> = new Set([
	'golang',
	'rust',
	'gcc',
	'maven',
	'gradle',
	'swift',
	'buildpack-deps',
	'haskell',
]);

/** What an application does not need to run only gives an attacker something to work with. */
export const slimFinalBase: Rule = function* (subject, params) {
	const base = finalBase(subject);
	if (base?.ref === undefined) {
		return;
	}

	const mapped = mappedBy(base.ref, textsOf(params, 'map'));
	if (mapped === 'kept' || isPlaced(base.ref, mapped?.ref)) {
		return;
	}

	if (mapped !== undefined) {
		const message = `${shownRef(base.ref)} has a smaller or hardened image in its place here: ${shownRef(mapped.ref)}.`;
		yield foundAt(subject, base, message, fixOf(subject, base, {...mapped, likeness: 'same'}));
		return;
	}

	yield* usual(subject, base, base.ref);
};

/** The image that the organisation's table names is what is there already. */
function isPlaced(ref: string, other: string | undefined): boolean {
	const [here, there] = [ref, other ?? ''].map(text => imageNameOf(text));
	return here !== undefined && here.full === there?.full && here.tag === there.tag;
}

function* usual(subject: Subject, base: Reference, ref: string): Iterable<RuleFinding> {
	const name = imageNameOf(ref);
	const isToolchain =
		TOOLCHAINS.has(officialNameOf(name) ?? '') ||
		name.full === 'mcr.microsoft.com/dotnet/sdk' ||
		/-devel(?:-|$)/.test(name.tag ?? '');
	const smaller = smallerOf(ref);
	const fix = smaller && fixOf(subject, base, smaller);
	const other = smaller === undefined ? '' : `, such as ${shownRef(smaller.ref)}`;
	if (isToolchain) {
		const message = `The image is made from ${shownRef(ref)}, which is there to build with: build in a stage of its own and copy the result into a smaller image${other}.`;
		yield foundAt(subject, base, message, fix);
	} else if (smaller !== undefined) {
		const message = `${shownRef(ref)} brings ${smaller.brings}: try ${shownRef(smaller.ref)}${needed(subject)}.`;
		yield foundAt(subject, base, message, fix);
	}
}

function needed(subject: Subject): string {
	const need = needOfFullImage(subject);
	return need === undefined ? '' : `, with ${need} installed, which is used here`;
}

function foundAt({file}: Subject, {line}: Reference, message: string, fix: Fix | undefined): RuleFinding {
	return {result: 'fail', message, place: {file, line}, ...(fix === undefined ? {} : {fix})};
}

/** Only the builder knows whether the other image is there, and only a trial whether the application starts from it. */
function fixOf(
	subject: Subject,
	base: Reference,
	{ref, likeness}: Pick<Smaller, 'ref' | 'likeness'>,
): Fix | undefined {
	const {images, unresolved = [], policy} = subject;
	const {place} = base;
	const digest = images.get(ref)?.digest;
	const isLost = unresolved.includes(ref) || isPinLost(subject, base, ref);
	const isOutOfBounds = policy?.approvedBases?.length ? !isApproved(ref, policy.approvedBases) : false;
	if (place === undefined || isLost || isOutOfBounds || !mayMove(subject, likeness) || /[\s"',$]/.test(ref)) {
		return undefined;
	}

	const text = isPinned(base) && digest !== undefined ? `${ref}@${digest}` : ref;
	return {
		title: `moved to ${shownRef(text)}`,
		edits: [{span: place.span, text: `${place.before}${text}${place.after}`}],
		isOnTrial: true,
	};
}

function isPinned({ref}: Reference): boolean {
	return ref !== undefined && imageNameOf(ref).digest !== undefined;
}

/** A digest that was written down is not given up for a tag. Until the builder was asked, it may still bring one. */
function isPinLost({images, isOffline}: Subject, base: Reference, ref: string): boolean {
	return isPinned(base) && (isOffline === true || images.has(ref)) && images.get(ref)?.digest === undefined;
}

function mayMove(subject: Subject, likeness: Smaller['likeness']): boolean {
	const {chain, policy, isOffline} = subject;
	const isKept = policy?.profile === 'keep' && isOffline !== true;
	const runs = chain.stages.some(({instructions}) => instructions.some(({keyword}) => keyword === 'RUN'));
	return (
		!isKept &&
		likeness !== 'told' &&
		(likeness === 'same' || !runs) &&
		needOfFullImage(subject) === undefined &&
		!isDeveloped(subject)
	);
}

/** Commands that the smaller image of a language lacks: what is built where it runs, needs a stage of its own first. */
const DEVELOPMENT: ReadonlySet<string> = new Set([
	...[
		'mvn',
		'mvnw',
		'gradle',
		'gradlew',
		'javac',
		'javadoc',
		'jlink',
		'jpackage',
		'jshell',
		'jar',
		'ant',
		'sbt',
	],
	...[
		'jcmd',
		'jstack',
		'jmap',
		'jstat',
		'lein',
		'cargo',
		'rustc',
		'go',
		'gcc',
		'g++',
		'nvcc',
		'swift',
		'swiftc',
	],
	...['ghc', 'cabal', 'stack', 'kotlinc', 'scalac'],
]);
const DOTNET: ReadonlySet<string> = new Set([
	...['build', 'publish', 'restore', 'run', 'test', 'watch', 'tool', 'ef', 'pack', 'msbuild', 'new', 'add'],
]);

function isDeveloped({scripts, roleOf}: Subject): boolean {
	const own = scripts.filter(({stage}) => roleOf(stage) === 'final').flatMap(({commands}) => commands);
	return own.some(isDevelopment);
}

function isDevelopment(command: Command): boolean {
	return (
		DEVELOPMENT.has(command.name) || (command.name === 'dotnet' && DOTNET.has(subcommandOf(command) ?? ''))
	);
}
