import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {noLatestTag} from './no-latest-tag.ts';
import {pinnedBase} from './pinned-base.ts';

export const baseRules: Readonly<Partial<Record<RuleIdIn<'base'>, Rule>>> = {
	'no-latest-tag': noLatestTag,
	'pinned-base': pinnedBase,
};
