import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {curlVerifiesTls} from './curl-verifies-tls.ts';
import {gitVerifiesTls} from './git-verifies-tls.ts';
import {nodeVerifiesTls} from './node-verifies-tls.ts';
import {npmVerifiesTls} from './npm-verifies-tls.ts';
import {pipVerifiesTls} from './pip-verifies-tls.ts';
import {pythonVerifiesTls} from './python-verifies-tls.ts';
import {wgetVerifiesTls} from './wget-verifies-tls.ts';

export const downloadRules: Readonly<Partial<Record<RuleIdIn<'download'>, Rule>>> = {
	'curl-verifies-tls': curlVerifiesTls,
	'wget-verifies-tls': wgetVerifiesTls,
	'git-verifies-tls': gitVerifiesTls,
	'node-verifies-tls': nodeVerifiesTls,
	'npm-verifies-tls': npmVerifiesTls,
	'pip-verifies-tls': pipVerifiesTls,
	'python-verifies-tls': pythonVerifiesTls,
};
