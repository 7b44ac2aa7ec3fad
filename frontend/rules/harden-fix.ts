import type {Fix, Subject} from './rule.ts';

/**
 * A repair by the program that goes over the finished image. None where there is nothing to go over, nobody knows who the image
 * runs as, or it is not for Linux.
 */
export function hardenFix(
	{chain, images}: Subject,
	options: readonly string[],
	title: string,
): Fix | undefined {
	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	return facts === undefined || facts.platform?.startsWith('windows') === true
		? undefined
		: {title, harden: options, isOnTrial: true};
}
