import type {Rule} from '../rule.ts';
import {repeatedIn} from './repeated.ts';

export const singleEntrypoint: Rule = subject => repeatedIn(subject, 'ENTRYPOINT');
