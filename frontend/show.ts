import type {Contract} from '../proto/contract.ts';
import {FrontendError} from './error.ts';
import type {Examined} from './examine.ts';
import type {Step} from './options.ts';
import {reportText} from './report.ts';

/** What a build knows before it builds. */
export interface Known {
	readonly examined: Examined;
	readonly contract: Contract;
	/** The Dockerfile as it would be built. */
	readonly text: Uint8Array;
}

/** One step as text, the way `sallyport render` shows it too. */
export function stepText(step: Step, {examined, contract, text}: Known): string {
	switch (step) {
		case 'findings':
			return reportText(examined);
		case 'plan':
			return examined.plan === undefined
				? examined.notes.join('\n') || 'No proxy: the image has no listener.'
				: pretty(examined.plan);
		case 'dockerfile':
			return new TextDecoder().decode(text);
		case 'contract':
			return pretty(contract);
	}
}

/** A step in place of a build: an error, because a result would be exported under the tag the user gave. */
export function shown(step: Step, known: Known): FrontendError {
	return new FrontendError(
		'FRONTEND_SHOWN',
		`SALLYPORT_SHOW=${step}: nothing was built\n\n${stepText(step, known)}`,
	);
}

function pretty(value: unknown): string {
	return JSON.stringify(value, undefined, 2);
}
