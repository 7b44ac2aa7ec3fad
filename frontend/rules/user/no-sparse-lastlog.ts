import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Rule} from '../rule.ts';
import {accountsIn} from './accounts.ts';

/** From here on the two log files count in gigabytes for tools that do not know of holes. */
const HIGH = 100_000;

export const noSparseLastlog: Rule = function* (subject) {
	for (const {command, uid} of accountsIn(subject)) {
		if (
			command.name === 'useradd' &&
			uid !== undefined &&
			uid >= HIGH &&
			!hasOption(command, 'l', 'no-log-init')
		) {
			const edit = command.nameWord === undefined ? undefined : insertAfter(command.nameWord, ' -l');
			yield {
				result: 'fail',
				message: `useradd with the number ${uid} makes /var/log/lastlog and faillog that large, and the layer with them, though they are nearly empty: write useradd -l.`,
				place: {file: subject.file, line: command.line},
				...(edit === undefined ? {} : {fix: {title: 'useradd -l', edits: [edit]}}),
			};
		}
	}
};
