import {quoted} from '../../dockerfile/error.ts';
import {replaceWord} from '../../shell/edits.ts';
import {hardenFix} from '../harden-fix.ts';
import type {Fix, Rule} from '../rule.ts';
import {isWorldWritable, type ModeGiven, modesIn} from './modes.ts';

export const noWorldWritable: Rule = function* (subject) {
	for (const given of modesIn(subject)) {
		// What the kernel has there is not in the image.
		const paths = given.paths.filter(path => !path.startsWith('/dev/') && !path.startsWith('/proc/'));
		if (isWorldWritable(given.mode) && (paths.length > 0 || given.paths.length === 0)) {
			const fix = fixOf(given) ?? hardenFix(subject, ['--world'], 'taken away in the last step');
			const what = paths[0] === undefined ? 'files' : quoted(paths[0]);
			yield {
				result: 'fail',
				message: `${given.how} ${quoted(given.mode).slice(1, -1)} lets every user of the container change ${what}: give it to the one who needs it with chown, and write 750 or 755.`,
				place: {file: subject.file, line: given.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

const PROGRAM = /\.(?:sh|bash|py|pl|rb)$|^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$|entry-?point[^/]*$/;

/** Nobody has to write to a program: there the mode is certain. For data, only the author knows who has to. */
function fixOf({mode, paths, word, flag, isRecursive}: ModeGiven): Fix | undefined {
	const isPrograms = paths.length > 0 && paths.every(path => PROGRAM.test(path));
	if (!/^0{0,2}777$/.test(mode) || !isPrograms || (isRecursive && flag === undefined)) {
		return undefined;
	}

	const isAsWritten =
		flag?.valueSpan !== undefined &&
		flag.valueSpan.end - flag.valueSpan.start === mode.length &&
		flag.value === mode;
	const edit =
		word === undefined
			? isAsWritten && flag.valueSpan !== undefined
				? {span: flag.valueSpan, text: '755'}
				: undefined
			: replaceWord(word, '755');
	return edit === undefined ? undefined : {title: 'mode 755', edits: [edit]};
}
