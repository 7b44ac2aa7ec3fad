import {descriptions} from '../../proto/labels.ts';
import type {Target} from './target.ts';

/** What somebody says of a container without a contract. It adds to what is verified and excuses nothing. */
export interface Description {
	/** The daemon's own file is the operator's word; labels are the word of whoever runs the container. */
	readonly by: 'labels' | 'file';
	readonly listeners: readonly DescribedListener[];
	/** Names it answers to; the first of them is asked for. */
	readonly hosts: readonly string[];
	readonly healthPath: string | undefined;
	/** What was written and could not be understood; each a sentence fit for a record. */
	readonly problems: readonly string[];
}

/** `redirect` promises that every answer leads to HTTPS. `http` only says that there is something to be looked at. */
export interface DescribedListener {
	readonly port: number;
	readonly protocol: 'https' | 'redirect' | 'http';
}

/** One entry of the daemon's own file: which containers, and what of them. */
export interface Described {
	/** Of the name or the image's reference; `*` stands for any characters. */
	readonly name: string | undefined;
	readonly image: string | undefined;
	readonly listeners?: readonly DescribedListener[];
	readonly hosts?: readonly string[];
	readonly healthPath?: string;
}

const MAX_LISTENERS = 16;

/** The first entry of the file that matches counts, and each of its fields wins over the label for the same. */
export function describe(
	{name, image, described: labels}: Pick<Target, 'name' | 'image' | 'described'>,
	file: readonly Described[],
): Description | undefined {
	const entry = file.find(each => matches(each.name, name) && matches(each.image, image.reference));
	if (entry === undefined && Object.keys(labels).length === 0) {
		return undefined;
	}

	const problems: string[] = [];
	const label = (key: keyof typeof descriptions): string => labels[descriptions[key]] ?? '';
	return {
		by: entry === undefined ? 'labels' : 'file',
		listeners: entry?.listeners ?? listenersOf(words(label('listeners')), problems),
		hosts: entry?.hosts ?? hostsOf(words(label('hosts')), problems),
		healthPath: entry?.healthPath ?? healthPathOf(label('healthPath'), problems),
		problems,
	};
}

/** @param problems gets a sentence for each word that is no listener */
export function listenersOf(texts: readonly string[], problems: string[]): readonly DescribedListener[] {
	return texts.slice(0, MAX_LISTENERS).flatMap(text => {
		const [, digits = '', protocol = ''] = /^(\d{1,5})\/(https|redirect|http)$/.exec(text) ?? [];
		const port = Number(digits);
		if (port > 0 && port < 65_536) {
			return [{port, protocol: protocol as DescribedListener['protocol']}]; // One of the three, by the pattern.
		}

		problems.push(`${shown(text)} is no listener; write it as 8443/https, 8080/redirect or 8080/http`);
		return [];
	});
}

export function hostsOf(texts: readonly string[], problems: string[]): readonly string[] {
	return texts.slice(0, MAX_LISTENERS).filter(text => {
		const isName = text.length <= 253 && /^[a-z0-9][a-z0-9.-]*$/i.test(text);
		if (!isName) {
			problems.push(`${shown(text)} is no host name`);
		}

		return isName;
	});
}

export function healthPathOf(text: string, problems: string[]): string | undefined {
	if (text === '' || /^\/[\x21-\x7e]{0,255}$/.test(text)) {
		return text === '' ? undefined : text;
	}

	problems.push(`${shown(text)} is no path; write it as /healthz`);
	return undefined;
}

function words(text: string): readonly string[] {
	return text.split(/[\s,]+/, MAX_LISTENERS + 1).filter(word => word !== '');
}

/** Labels are anybody's bytes. */
function shown(text: string): string {
	return JSON.stringify(text.slice(0, 60).toWellFormed());
}

/** Linear: pieces between stars are looked for from left to right, once each. */
function matches(glob: string | undefined, text: string): boolean {
	if (glob === undefined) {
		return true;
	}

	const [first = '', ...rest] = glob.split('*');
	if (!text.startsWith(first)) {
		return false;
	}

	const last = rest.pop();
	if (last === undefined) {
		return text === first;
	}

	let at = first.length;
	for (const piece of rest) {
		const found = text.indexOf(piece, at);
		if (found < 0) {
			return false;
		}

		at = found + piece.length;
	}

	return text.length - last.length >= at && text.endsWith(last);
}
