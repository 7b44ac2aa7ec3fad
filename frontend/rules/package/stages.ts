import type {Stage} from '../../dockerfile/ast.ts';
import type {Reference} from '../../stages/references.ts';
import type {Subject} from '../rule.ts';

/** What a stage is made from: the stages below it, the outermost first, itself last, and the outside image under them. */
interface Lineage {
	readonly stages: readonly Stage[];
	/** As expanded; absent when it is not known. */
	readonly base: string | undefined;
}

/** Stages on stages: no honest file has more. */
const MAX_STAGES = 64;

export function lineageOf({references}: Pick<Subject, 'references'>, stage: Stage): Lineage {
	const stages: Stage[] = [];
	let next: Stage | undefined = stage;
	let base: string | undefined;
	while (next !== undefined && stages.length < MAX_STAGES) {
		stages.push(next);
		const from: Reference | undefined = references.get(next)?.[0];
		base = from?.ref;
		next = from?.stage;
	}
	return {stages: stages.toReversed(), base};
}

export interface Image {
	/** Without registry, and without `library/`: `node`, `nvidia/cuda`, `windows/nanoserver`. */
	readonly name: string;
	/** Empty for Docker's own. */
	readonly registry: string;
	/** Empty when there is none. */
	readonly tag: string;
	/** The first number of the tag, e.g. 20 of `20.1-alpine`. */
	readonly major: number | undefined;
}

/** The parts of an image's reference. */
export function imageOf(ref: string): Image {
	const plain = ref.split('@')[0] ?? '';
	const slash = plain.lastIndexOf('/');
	const colon = plain.indexOf(':', slash + 1);
	const path = (colon === -1 ? plain : plain.slice(0, colon)).split('/');
	const isHost = path.length > 1 && /[.:]|^localhost$/.test(path[0] ?? '');
	const tag = colon === -1 ? '' : plain.slice(colon + 1);
	const major = /^\d{1,4}/.exec(tag)?.[0];
	return {
		name: (isHost ? path.slice(1) : path).filter(part => part !== 'library' && part !== 'docker').join('/'),
		registry: isHost ? (path[0] ?? '').replace(/^(?:index\.)?docker\.io$/, '') : '',
		tag,
		major: major === undefined ? undefined : Number(major),
	};
}

/** The outside image that a stage comes from. */
export function baseImageOf(subject: Pick<Subject, 'references'>, stage: Stage): Image | undefined {
	const {base} = lineageOf(subject, stage);
	return base === undefined ? undefined : imageOf(base);
}

/** Whether what is built is not meant for production, by the name that the author gave its stage. */
export function isForDevelopment({target}: Pick<Subject, 'target'>): boolean {
	return /(?:^|[-_.])(?:dev|develop|development|devcontainer|test|tests|testing|debug|ci|lint|builder|build)(?:$|[-_.])/.test(
		target.name ?? '',
	);
}
