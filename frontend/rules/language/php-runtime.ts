import {failAt} from '../package/finding.ts';
import {isForDevelopment} from '../package/stages.ts';
import type {Rule, Subject} from '../rule.ts';
import {finalImage} from './starts.ts';

export const phpRuntime: Rule = function* (subject) {
	const {name = '', tag = ''} = finalImage(subject) ?? {};
	const serves = name === 'php' && /(?:^|-)(?:fpm|apache)(?:-|$)/.test(tag) && !hasItBuiltIn(tag);
	if (serves && !isForDevelopment(subject) && !mayEnable(subject)) {
		const from = (subject.chain.stages[0] ?? subject.target).from;
		const message =
			'PHP compiles every file again for every request, because its opcode cache is not switched on: write RUN docker-php-ext-enable opcache.';
		yield failAt(subject, from, message);
	}
};

/** From 8.5 on it is always there. */
function hasItBuiltIn(tag: string): boolean {
	const [, major = '0', minor = '0'] = /^(\d{1,2})\.(\d{1,2})/.exec(tag) ?? [];
	return Number(major) > 8 || (Number(major) === 8 && Number(minor) >= 5) || !/^\d/.test(tag);
}

/** It is named somewhere, or configuration and scripts come in that nobody here can read. */
function mayEnable({scripts, steps}: Subject): boolean {
	return (
		scripts.some(({text}) => /opcache|install-php-extensions|\.sh\b/.test(text)) ||
		steps.some(
			({instruction: {keyword, args}}) =>
				(keyword === 'COPY' || keyword === 'ADD') && /php|conf\.d|\.ini|docker/.test(args),
		)
	);
}
