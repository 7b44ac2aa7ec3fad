import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {externalImages, finalBase} from './external.ts';
import {shownRef} from './image-name.ts';

const MAX_AGE_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;
// Reproducible builds give their images a time that means nothing.
const EARLIEST = Date.parse('1980-01-02T00:00:00Z');

export const freshBaseDigest: Rule = function* (subject, {maxAgeDays}) {
	yield* moved(subject);
	yield* aged(subject, typeof maxAgeDays === 'number' ? maxAgeDays : MAX_AGE_DAYS);
};

/** A digest pins; its tag says what it was meant to be. Where the builder knows what the tag is now, the two are compared. */
function* moved(subject: Subject): Iterable<RuleFinding> {
	const {images, file} = subject;
	for (const {ref = '', place, line} of externalImages(subject, 'from')) {
		const at = ref.indexOf('@');
		const tagged = ref.slice(0, Math.max(at, 0));
		const now = at < 1 ? undefined : images.get(tagged)?.digest;
		if (now !== undefined && now !== ref.slice(at + 1)) {
			const message = `${shownRef(tagged)} has moved on from the digest that is written here: take the new one in once it is tested.`;
			const fix = {
				title: `pinned to ${now}`,
				edits: place === undefined ? [] : [{span: place.span, text: `${tagged}@${now}`}],
			};
			yield {result: 'fail', message, place: {file, line}, ...(place === undefined ? {} : {fix})};
		}
	}
}

function* aged(subject: Subject, maxAgeDays: number): Iterable<RuleFinding> {
	const base = finalBase(subject);
	if (base === undefined) {
		return;
	}

	const {images, file, today} = subject;
	const place = {file, line: base.line};
	const ref = shownRef(base.ref ?? base.text);
	const created = Date.parse(images.get(base.ref ?? '')?.created ?? '');
	const days = Math.floor((Date.parse(today ?? '') - created) / DAY_MS);
	if (Number.isNaN(days) || created < EARLIEST) {
		const message = `How old ${ref} is cannot be told: a builder has to say when it was made, and not every image says so.`;
		yield {result: 'not-evaluated', message, place};
	} else if (days > maxAgeDays) {
		const message = `${ref} was made ${days} days ago, and what has been repaired in the last ${maxAgeDays} is not in it: move to a newer version or digest.`;
		yield {result: 'fail', message, place, observed: {days}};
	}
}
