import {ALPINE, type FidelityCases} from './case.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** How a file is written, and how it must not be. */
export const text: FidelityCases = {
	'comments everywhere': {dockerfile: '# one\n\n  # two\nFROM scratch\n# three\nCOPY a /a\n#four'},
	'no line break at the end': {dockerfile: 'FROM scratch\nCOPY a /a'},
	'line breaks of Windows': {dockerfile: `FROM ${ALPINE}\r\nRUN echo a \\\r\n  b > /x\r\nENV A=1\r\n`},
	'line breaks of Windows in a heredoc': {dockerfile: 'FROM scratch\r\nCOPY <<EOF /x\r\nhello\r\nEOF\r\n'},
	'a byte order mark': {dockerfile: bytes('\xef\xbb\xbfFROM scratch\nCOPY a /a\n')},
	'a byte order mark before a directive': {
		dockerfile: bytes('\xef\xbb\xbf# escape=`\nFROM scratch\nCOPY a `\n  /a\n'),
	},
	'bytes that are no UTF-8': {dockerfile: bytes('FROM scratch\nLABEL a="\xff\xfe"\nCOPY a /a\n')},
	'letters of other scripts': {dockerfile: 'FROM scratch\nLABEL ü="日本語 😀"\nCOPY a /ü\n'},
	'tabs and spaces before and after': {dockerfile: '  FROM scratch  \n\tCOPY\ta  /a \t\n'},
	'# escape': {dockerfile: `# escape=\`\nFROM ${ALPINE}\nRUN echo a\\b \`\n  > /x\nENV A=\`$B\n`},
	'# escape that is none': {dockerfile: '# escape=x\nFROM scratch\n', fails: 'escape'},
	'# escape too late': {dockerfile: 'FROM scratch\n# escape=`\nCOPY a \\\n /a\n'},
	'a directive twice': {
		dockerfile: '# escape=`\n# escape=\\\nFROM scratch\n',
		fails: 'only one escape parser directive',
	},
	'a directive that nobody knows': {dockerfile: '# unknown=1\n# escape=`\nFROM scratch\nCOPY a \\a\n'},
	'# syntax of another frontend is not followed twice': {
		dockerfile: '# a comment\n# syntax=nowhere.invalid/x\nFROM scratch\n',
	},
	'# check that skips one': {
		dockerfile: '# check=skip=JSONArgsRecommended\nFROM scratch\nCMD a\nMAINTAINER x\n',
		says: 'MaintainerDeprecated',
	},
	'# check that skips all': {dockerfile: '# check=skip=all\nFROM scratch\nCMD a\nMAINTAINER x\n'},
	'# check that fails': {
		dockerfile: '# check=error=true\nFROM scratch\nCMD a\n',
		fails: 'lint violation found for rules: JSONArgsRecommended',
	},
	'# check that is none': {dockerfile: '# check=wrong=1\nFROM scratch\n', fails: 'wrong'},
	'# check with an experiment': {
		dockerfile: '# check=experimental=all\nFROM scratch\nCOPY a /a\n',
		files: {'.dockerignore': 'a\n'},
		fails: 'not found',
	},
	'lines that go on': {dockerfile: `FROM \\\n  ${ALPINE}\nR\\\nUN echo \\\n  a \\\n  b > /x\n`},
	'a line that goes on to the end of the file': {dockerfile: `FROM ${ALPINE}\nRUN echo a > /x \\`},
	'a backslash with a space behind': {dockerfile: `FROM ${ALPINE}\nRUN echo a \\ \n  b > /x\n`},
	'a long line': {dockerfile: `FROM scratch\nLABEL a="${'x'.repeat(60_000)}"\n`},
	'a line that is too long': {
		dockerfile: `FROM scratch\nLABEL a="${'x'.repeat(70_000)}"\n`,
		fails: 'max allowed size',
	},
	'a long file': {dockerfile: `FROM scratch\n${'# padding padding padding\n'.repeat(2000)}COPY a /a\n`},
	'a file over a megabyte': {
		dockerfile: `FROM scratch\n${`# ${'x'.repeat(998)}\n`.repeat(1100)}COPY a /a\n`,
		judged: 'we read a megabyte',
	},
	'an empty file': {dockerfile: '', fails: 'the Dockerfile cannot be empty'},
	'a file of spaces': {dockerfile: ' \n\t\n', fails: 'file with no instructions'},
	'a file of comments': {dockerfile: '# one\n# two\n', fails: 'file with no instructions'},
	'no FROM': {dockerfile: 'RUN true\n', fails: 'no build stage in current context'},
	'only an ARG': {dockerfile: 'ARG A\n', fails: 'dockerfile contains no stages to build'},
	'something before FROM': {
		dockerfile: 'ENV A=1\nFROM scratch\n',
		fails: 'no build stage in current context',
	},
	'an unknown instruction': {
		dockerfile: 'FROM scratch\n\nCOPPY a /a\n',
		fails: 'line 3: unknown instruction: COPPY (did you mean COPY?)',
	},
	'an unknown instruction like none': {
		dockerfile: 'FROM scratch\nFROBNICATE\n',
		fails: 'unknown instruction: FROBNICATE',
	},
	'an instruction alone': {
		dockerfile: 'FROM scratch\nLABEL\n',
		fails: 'LABEL requires at least one argument',
	},
	'an error far down a long file': {
		dockerfile: `FROM scratch\n${'# padding padding padding padding padding padding\n'.repeat(1000)}COPY --wrong a /a\n`,
		fails: 'unknown flag: --wrong',
	},
	'an error over several lines': {
		dockerfile: 'FROM scratch\nCOPY \\\n  --wrong \\\n  a /a\nLABEL x=y\n',
		fails: 'unknown flag: --wrong',
	},
	'an error in an earlier stage': {
		dockerfile: 'FROM scratch AS one\nCOPY --wrong a /a\nFROM scratch\nCOPY a /a\n',
		fails: 'unknown flag: --wrong',
	},
	'a file that is JSON': {dockerfile: '{"a": 1}\n', fails: 'unknown instruction'},
	'a file that is a script': {dockerfile: '#!/bin/sh\nFROM scratch\nCOPY a /a\n'},
	'a zero byte': {dockerfile: bytes('FROM scratch\nLABEL a=b\0c\n')},
};
