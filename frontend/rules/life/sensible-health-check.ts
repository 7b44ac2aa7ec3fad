import type {Flag, Instruction} from '../../dockerfile/ast.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {durationOf} from '../syntax/flag-values.ts';
import {isNone, lastHealthCheck} from './last-health-check.ts';

export const sensibleHealthCheck: Rule = function* (subject) {
	const last = lastHealthCheck(subject);
	if (last === undefined || isNone(last)) {
		return;
	}

	const {file} = subject;
	const wrong = wrongWith(last);
	if (wrong !== undefined) {
		const fix = fixOf(wrong);
		yield {
			result: 'fail',
			message: `This HEALTHCHECK notices too late: ${wrong.what}.`,
			place: {file, line: last.line},
			...(fix === undefined ? {} : {fix}),
		};
	}

	if (asksWithoutCurl(subject, last)) {
		const message =
			'The health check calls curl, which this base image does not bring and no step here installs, so every container will count as unhealthy: install it, or ask with what the image has.';
		yield {result: 'fail', message, place: {file, line: last.line}};
	}
};

interface Wrong {
	readonly what: string;
	readonly flag: Flag | undefined;
	/** A value within bounds. */
	readonly better: string;
}

const MINUTE = 60e9;

/** The control's bounds: looked at once a minute or oftener, an answer within the interval, at most five tries. */
function wrongWith({flags}: Instruction): Wrong | undefined {
	const flagOf = (name: string): Flag | undefined => flags.find(each => each.name === name);
	const interval = timeOf(flagOf('interval'));
	const timeout = timeOf(flagOf('timeout'));
	const retries = Number(flagOf('retries')?.value ?? 3);
	if (interval > MINUTE) {
		return {
			what: `--interval is ${secondsOf(interval)} seconds, and 60 is the most`,
			flag: flagOf('interval'),
			better: '1m',
		};
	}

	if (timeout > interval) {
		return {
			what: `--timeout (${secondsOf(timeout)} seconds) is longer than --interval (${secondsOf(interval)} seconds)`,
			flag: flagOf('timeout'),
			better: flagOf('interval')?.value ?? '30s',
		};
	}

	return retries > 5
		? {what: `--retries is ${retries}, and 5 is the most`, flag: flagOf('retries'), better: '5'}
		: undefined;
}

/** Nanoseconds; zero and what does not parse mean the default of thirty seconds, or an error of known-flags. */
function timeOf(flag: Flag | undefined): number {
	return durationOf(flag?.value ?? '') || MINUTE / 2;
}

function secondsOf(nanoseconds: number): number {
	return Number((nanoseconds / 1e9).toPrecision(6));
}

function fixOf({flag, better}: Wrong): Fix | undefined {
	return flag?.valueSpan === undefined
		? undefined
		: {title: `--${flag.name}=${better}`, edits: [{span: flag.valueSpan, text: better}]};
}

// Official images without curl, as they have been for years: the small ones, and the distributions themselves.
const WITHOUT_CURL =
	/^(?:docker\.io\/)?(?:library\/)?(?:(?:alpine|debian|ubuntu|busybox)(?:[:@].*)?|(?:node|python|ruby|golang|php|perl|openjdk):[\w.-]*(?:alpine|slim)[\w.-]*(?:@.*)?)$/;

function asksWithoutCurl(subject: Subject, check: Instruction): boolean {
	const {chain, scripts, steps} = subject;
	if (
		chain.base === undefined ||
		!WITHOUT_CURL.test(chain.base) ||
		/^(?:docker\.io\/)?(?:library\/)?php:/.test(chain.base)
	) {
		return false;
	}

	const isCurl = scripts.some(
		({instruction, commands}) => instruction === check && commands.some(({name}) => name === 'curl'),
	);
	const stages = new Set(chain.stages);
	// Whatever may bring it: a package, a copy, a script.
	const bringers = new Set(['RUN', 'COPY', 'ADD']);
	return (
		isCurl &&
		!steps.some(
			({stage, instruction}) =>
				stages.has(stage) && bringers.has(instruction.keyword) && mayBring(instruction),
		)
	);
}

function mayBring({args, heredocs, keyword, flags}: Instruction): boolean {
	const text = [args, ...heredocs.map(({content}) => content)].join('\n');
	const isCopied =
		keyword !== 'RUN' && (flags.some(({name}) => name === 'from') || /\bbin\b|\/\s*$/.test(args));
	return isCopied || /curl|\.sh\b|make\b|apk add [^&;|]*\$|install [^&;|]*\$|xargs/.test(text);
}
