import type {Rule} from '../rule.ts';
import {pinnedBy} from './pinned.ts';

const rules: readonly Rule[] = [
	pinnedBy({
		managers: ['cargo'],
		verbs: ['install'],
		isOpen: word => !word.includes('@'),
		decidedBy: ['version', 'vers', 'git', 'path'],
		write: name => `${name}@1.2.3 --locked`,
	}),
	pinnedBy({
		managers: ['composer'],
		verbs: ['require', 'r', 'global require'],
		isOpen: word => word.includes('/') && !/[:=]/.test(word),
		write: name => `${name}:^1.2`,
	}),
	pinnedBy({
		managers: ['uv'],
		verbs: ['tool install', 'add'],
		isOpen: word => !/==|~=|<|@/.test(word),
		write: name => `${name}==VERSION`,
	}),
	pinnedBy({
		managers: ['conda'],
		verbs: ['install', 'create'],
		isOpen: word => !/[=<>]/.test(word),
		decidedBy: ['file', 'f'],
		write: name => `${name}=VERSION`,
	}),
];

export const otherVersionsPinned: Rule = function* (subject, params) {
	for (const rule of rules) {
		yield* rule(subject, params);
	}
};
