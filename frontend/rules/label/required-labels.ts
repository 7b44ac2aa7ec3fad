import type {Rule, Subject} from '../rule.ts';
import {labelsOf} from './labels.ts';
import {sourceUrl} from './source-url.ts';

const SOURCE = 'org.opencontainers.image.source';
const REVISION = 'org.opencontainers.image.revision';

/** An image that does not say which sources it is made from cannot be traced to a reviewed change. */
export const requiredLabels: Rule = function* (subject, {require}) {
	const {file, target, request, isOffline} = subject;
	const wanted = Array.isArray(require) ? (require as readonly string[]) : [SOURCE, REVISION];
	const set = new Set([...labelsOf(subject).map(({key}) => key), ...(request?.labels ?? [])]);
	const missing = wanted.filter(key => !set.has(key));
	if (missing.length === 0) {
		return;
	}

	const place = {file, line: target.from.line};
	const names = missing.slice(0, 5).join(', ');
	if (isOffline === true) {
		const message = `The Dockerfile sets no ${names}; whether the build does, with --label, is not known here.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const known = knownOf(subject).filter(([key]) => missing.includes(key));
	const message = `The image has no label ${names}, so nobody can tell from it which sources it was made from: add LABEL with these, or build with --label.`;
	const append = known.map(([key, value]) => `LABEL ${key}="${value}"`);
	yield {
		result: 'fail',
		message,
		place,
		...(append.length === 0
			? {}
			: {fix: {title: `labels of the sources: ${known.map(([, value]) => value).join(' ')}`, append}}),
	};
};

/** What the client said of the sources; nothing that could be more than a plain value. */
function knownOf({request}: Subject): readonly (readonly [string, string])[] {
	const source = sourceUrl(request?.source ?? '');
	const revision = request?.revision ?? '';
	return [
		...(source === undefined ? [] : [[SOURCE, source] as const]),
		...(/^[0-9a-f]{40,64}$/.test(revision) ? [[REVISION, revision] as const] : []),
	];
}
