import type {Rule, Subject} from '../rule.ts';
import {keywordAt} from '../syntax/written.ts';
import {type Copy, copiesOf, expandedSources, isUrl, isWhole} from './copies.ts';

export const copyNotAdd: Rule = function* (subject) {
	for (const copy of copiesOf(subject)) {
		const {instruction} = copy;
		const sources = instruction.keyword === 'ADD' ? expandedSources(copy) : undefined;
		if (
			sources === undefined ||
			hasOwnFlags(copy) ||
			sources.some(source => source === '' || isUrl(source) || isArchive(source))
		) {
			continue;
		}

		const word = keywordAt(subject.dockerfile, instruction);
		const isSafe = word !== undefined && sources.every(source => isNoArchive(subject, source));
		const text = word?.text === 'add' ? 'copy' : 'COPY';
		yield {
			result: 'fail',
			message:
				'ADD does more than copy: it unpacks archives and fetches URLs, which nobody expects of plain files. Write COPY.',
			place: {file: subject.file, line: instruction.line},
			...(isSafe ? {fix: {title: text, edits: [{span: word.span, text}]}} : {}),
		};
	}
};

/** Flags that COPY does not have. */
function hasOwnFlags({instruction}: Copy): boolean {
	return instruction.flags.some(
		({name}) => name === 'checksum' || name === 'keep-git-dir' || name === 'unpack',
	);
}

const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|tlz|xz|gz|bz2|zst|lzma|lz|Z)(?:[*?]|$)/;

/** Signatures and checksums of archives. */
const BESIDE = /\.(?:asc|sig|sign|minisig|pem|crt|sha\d{1,3}(?:sums?)?|md5(?:sums?)?|txt)$/;

function isArchive(source: string): boolean {
	return ARCHIVE.test(source) || (/\.tar\b/.test(source) && !BESIDE.test(source));
}

/** ADD looks at what is in a file, so a name proves little without an ending, unless it is known to be a folder. */
function isNoArchive({contextFiles}: Subject, source: string): boolean {
	if (isWhole(source) && !source.includes('*')) {
		return true;
	}

	const folder = `${source.replace(/^\.?\//, '').replace(/\/$/, '')}/`;
	if (source.endsWith('/') || contextFiles?.some(path => path.startsWith(folder)) === true) {
		return true;
	}

	const name = source.slice(source.lastIndexOf('/') + 1);
	return /[^.].*\.[a-zA-Z][\w-]*$/.test(name) || /^\.\w/.test(name);
}
