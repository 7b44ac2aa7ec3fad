import type {Rule} from '../rule.ts';
import {repeatedIn} from './repeated.ts';

export const singleCmd: Rule = subject => repeatedIn(subject, 'CMD');
