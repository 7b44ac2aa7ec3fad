import type {Rule} from '../rule.ts';
import {externalImages} from './external.ts';
import {unpinned} from './pin.ts';

/** What a stage starts from is named by digest. */
export const pinnedBase: Rule = subject => unpinned(externalImages(subject, 'from'), subject);
