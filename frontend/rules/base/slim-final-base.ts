import type {Reference} from '../../stages/references.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {finalBase} from './external.ts';
import {imageNameOf, officialNameOf, shownRef} from './image-name.ts';

// Official images whose plain tags carry compilers, and that have a `-slim` of the same version.
const WITH_SLIM: ReadonlySet<string> = new Set(['node', 'python', 'ruby', 'perl', 'debian']);
// Images made to build with; what comes out needs none of it.
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
export const slimFinalBase: Rule = function* (subject) {
	const base = finalBase(subject);
	if (base?.ref === undefined) {
		return;
	}

	const name = imageNameOf(base.ref);
	const official = officialNameOf(name) ?? '';
	const {tag = ''} = name;
	const place = {file: subject.file, line: base.line};
	const ref = shownRef(base.ref);
	if (TOOLCHAINS.has(official) || name.full === 'mcr.microsoft.com/dotnet/sdk' || /-devel(?:-|$)/.test(tag)) {
		const message = `The image is made from ${ref}, which is there to build with: build in a stage of its own and copy the result into a smaller image.`;
		yield {result: 'fail', message, place};
	} else if (WITH_SLIM.has(official) && isFull(tag)) {
		const fix = slimmed(base, tag, subject);
		const message = `${ref} brings compilers and libraries that few applications need to run: try ${shownRef(`${official}:${tag}-slim`)}.`;
		yield {result: 'fail', message, place, ...(fix === undefined ? {} : {fix})};
	}
};

const SMALL = /(?:slim|alpine|nanoserver|windowsservercore|minimal|distroless)/;

function isFull(tag: string): boolean {
	return tag !== '' && tag !== 'latest' && !SMALL.test(tag);
}

/** Only where nothing is run while it is built: a step may need what slim images lack. */
function slimmed({ref = '', place}: Reference, tag: string, {chain}: Subject): Fix | undefined {
	const runs = chain.stages.some(({instructions}) => instructions.some(({keyword}) => keyword === 'RUN'));
	return runs || place === undefined || ref.includes('@')
		? undefined
		: {
				title: `moved to ${tag}-slim`,
				edits: [{span: place.span, text: `${place.before}${ref}-slim${place.after}`}],
			};
}
