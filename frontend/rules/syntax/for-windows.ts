import type {Subject} from '../rule.ts';

/** Whether the file makes Windows images, as far as its bases and its escape character tell. */
export function isForWindows({dockerfile, references}: Pick<Subject, 'dockerfile' | 'references'>): boolean {
	const refs = [...references.values()].flatMap(([from]) => from?.ref ?? []);
	return dockerfile.escape === '`' || refs.some(ref => /windows|nanoserver|servercore/i.test(ref));
}
