import type {Rule} from '../rule.ts';
import {repeatedIn} from './repeated.ts';

export const singleHealthCheck: Rule = subject => repeatedIn(subject, 'HEALTHCHECK');
