import {replaceWord} from '../../shell/edits.ts';
import {type Pipe, pipesOf} from '../../shell/pipes.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';

const SUMS = /^(?:sha(?:1|224|256|384|512)|md5|b2)sum$/;

export const twoSpaceChecksum: Rule = function* (subject) {
	const {file} = subject;
	for (const pipe of ranScripts(subject).flatMap(({commands}) => pipesOf(commands))) {
		const words = checksIts(pipe) ? linesIn(pipe[0]?.[0]) : [];
		for (const word of words) {
			const edit = replaceWord(word, word.text.replace(' ', '  '));
			yield {
				result: 'fail',
				message:
					'One blank stands between checksum and name, and some programs that check it, busybox among them, want two: write a second one.',
				place: {file, line: word.line},
				...(edit === undefined ? {} : {fix: {title: 'two blanks in a line of checksums', edits: [edit]}}),
			};
		}
	}
};

/** `echo "… file" | sha256sum -c` */
function checksIts(pipe: Pipe): boolean {
	const checker = pipe[1]?.at(-1);
	return (
		pipe.length === 2 &&
		checker !== undefined &&
		SUMS.test(checker.name) &&
		checker.args.some(({text}) => text === '--check' || /^-[a-z]*c[a-z]*$/.test(text))
	);
}

const ONE_BLANK = /^["']?[^\s"'*]{1,200} [^\s"'*][^\s"']{0,1000}["']?$/;

/** Words that are a checksum and a name, as one. */
function linesIn(command: Command | undefined): readonly ShellWord[] {
	return command?.name === 'echo' ? command.args.filter(({text}) => ONE_BLANK.test(text)) : [];
}
