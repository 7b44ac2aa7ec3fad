import type {Opened} from './examine.ts';
import type {Options} from './options.ts';
import type {ImageFacts} from './rules/rule.ts';

/** Said where an image for Windows is built. */
export const WINDOWS_NOTE =
	'An image for Windows is judged and built as its author wrote it: no proxy, no contract and no repairs go into it.';

/** Whether the image is for Windows, where nothing of ours runs and paths of ours mean nothing. */
export function isForWindows(
	{platforms}: Options,
	{target}: Opened,
	images: ReadonlyMap<string, ImageFacts>,
): boolean {
	const {from} = target;
	return (
		from.flags.some(({name, value}) => name === 'platform' && value?.startsWith('windows') === true) ||
		platforms.some(({os}) => os === 'windows') ||
		[...images.values()].some(({platform}) => platform?.startsWith('windows/') === true)
	);
}
