import type {Rule} from '../rule.ts';
import {externalImages} from './external.ts';
import {unpinned} from './pin.ts';

/** An image that files are taken from is part of the result as much as the one it starts from. */
export const pinnedCopySource: Rule = subject => unpinned(externalImages(subject, 'copy', 'mount'), subject);
