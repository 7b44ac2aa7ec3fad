import type {Judgement} from '../frontend/judge.ts';
import {catalogue} from '../policies/catalogue.ts';

const commands = {error: 'error', warn: 'warning', info: 'notice', off: 'notice'} as const;

/** Workflow commands that GitHub shows beside the lines of a pull request. @param path of the Dockerfile, as it was named */
export function annotations({findings}: Pick<Judgement, 'findings'>, path: string): string {
	return findings
		.filter(({result}) => result === 'fail' || result === 'error')
		.map(({control, level, message, place}) => {
			const file = place === undefined || path.endsWith(place.file) ? path : place.file;
			const properties = [
				`file=${property(file)}`,
				`line=${place?.line ?? 1}`,
				`title=${property(`${control} (supports ${catalogue[control].criteria.join(', ')})`)}`,
			];
			return `::${commands[level]} ${properties.join(',')}::${data(message)}\n`;
		})
		.join('');
}

// The escapes of GitHub's own toolkit: without them a message could begin a command of its own.
function data(text: string): string {
	return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
	return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
