import {removeWord, replaceWord} from '../../shell/edits.ts';
import {hasOption, optionOf} from '../../shell/options.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {ranCommands} from '../ran.ts';
import type {Rule} from '../rule.ts';

/** Options with which a program no longer asks who made what it installs. */
interface Careless {
	readonly programs: readonly string[];
	/** Without dashes. */
	readonly options: readonly string[];
	/** What follows from it, after `--option `. */
	readonly means: string;
	/** What to do about it. */
	readonly write: string;
	/** Put in its place when nothing else says so. */
	readonly instead?: {readonly text: string; readonly names: readonly string[]};
}

/** A finding for each such option. The repair takes it out. */
export function carelessOption({programs, options, means, write, instead}: Careless): Rule {
	return function* (subject) {
		for (const command of ranCommands(subject, ...programs)) {
			const word = optionOf(command, ...options);
			if (word !== undefined) {
				const isSaid = instead === undefined || hasOption(command, ...instead.names);
				const edit = isSaid ? removeWord(command, word) : replaceWord(word, instead.text);
				const message = `${shown(word.text)} ${means}: ${write}.`;
				yield failAt(subject, command, message, fixOf(`without ${shown(word.text)}`, edit));
			}
		}
	};
}

function shown(text: string): string {
	return text.replaceAll(/[^\w=.-]/g, '?').slice(0, 40);
}
