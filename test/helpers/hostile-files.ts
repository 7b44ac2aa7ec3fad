// Dockerfiles that nobody means well with, by what is bad about them. Each is made when it is asked for.

/** Nearly the longest file that is read: repairs add to it. */
const FULL = 1_000_000;
/** Below the longest line that BuildKit reads. */
const LINE = 60_000;

type Make = () => Uint8Array | string;

function filled(unit: string, head = 'FROM a\n', tail = '\n'): string {
	return head + unit.repeat(Math.floor((FULL - head.length - tail.length) / unit.length)) + tail;
}

function many(count: number, each: (index: number) => string): string {
	return Array.from({length: count}, (_, index) => each(index)).join('');
}

const bytes: Readonly<Record<string, Make>> = {
	'nothing at all': () => '',
	'one byte': () => Buffer.of(0xff),
	'bytes that are no UTF-8': () =>
		Buffer.from('FROM a\nRUN \xff\xc3 \xe2\x80\nENV \xff=\xfe\nUSER \x80\n', 'latin1'),
	'every byte there is': () => Buffer.from(Array.from({length: 4096}, (_, index) => index % 256)),
	'a program': () => Buffer.from(`\x7fELF\x02\x01\x01${'\0\xff\x8b\n'.repeat(5000)}`, 'latin1'),
	'UTF-16': () => Buffer.from('\ufeffFROM a\nRUN b\n', 'utf16le'),
	'NUL bytes in every argument': () =>
		'FROM a\0\nRUN b\0c\nENV a\0=b\0\nCOPY \0 \0\nUSER \0\nCMD ["\\u0000", "a\0"]\n',
	'NUL bytes only': () => new Uint8Array(10_000),
	'a byte order mark': () => '\ufeffFROM a\nUSER b\n',
	'three byte order marks': () => '\ufeff\ufeff\ufeffFROM a\n',
	'line endings of Windows': () => 'FROM a\r\nRUN b \\\r\n c\r\nCOPY <<E /x\r\nd\r\nE\r\nUSER 1\r\n',
	'line endings of old Macs': () => 'FROM a\rRUN b\rUSER c\r',
	'terminal escapes': () => 'FROM a\n\x1b[2J\x1b]0;x\x07 y\n',
	'an override of the direction of text': () => 'FROM a\n# \u202e\u2066\nRUN \u202ex\u2069\n',
};

const large: Readonly<Record<string, Make>> = {
	'10 MB': () => `FROM a\n${'RUN true\n'.repeat(1_111_111)}`,
	'10 MB of nothing': () => new Uint8Array(10_000_000),
	'100,000 lines': () => `FROM a\n${'RUN x\n'.repeat(100_000)}`,
	'100,000 comments': () => `${'# x\n'.repeat(100_000)}FROM a\n`,
	'100,000 empty lines': () => `FROM a\n${'\n'.repeat(100_000)}USER b\n`,
	'100,000 lines of one instruction': () => `FROM a\nRUN a${'\\\n &&b '.repeat(100_000)}\n`,
	'10,000 stages': () => many(10_000, index => `FROM a${index} AS s${index}\n`),
	'10,000 stages, each from the one before': () =>
		many(10_000, index => `FROM ${index === 0 ? 'a' : `s${index - 1}`} AS s${index}\n`),
	'10,000 stages that all copy from the first and the last': () =>
		many(10_000, index => `FROM a AS s${index}\nCOPY --from=s0 / /\nCOPY --from=s9999 / /\n`),
	'10,000 copies from one stage': () =>
		`FROM a AS b\nRUN c\nFROM a\n${'COPY --from=b /x /y\n'.repeat(10_000)}`,
	'50,000 ports in one EXPOSE': () => `FROM a\nEXPOSE ${'1 \\\n'.repeat(50_000)}2\n`,
	'50,000 pairs in one ENV': () => `FROM a\nENV${many(50_000, index => ` a${index}=b \\\n`)} z=z\n`,
	'50,000 ARGs and as many uses': () =>
		many(12_000, index => `ARG a${index}=b\n`) +
		'FROM a\n' +
		many(12_000, index => `ENV b${index}=$a${index}\n`),
	'50,000 labels': () => `FROM a\n${many(40_000, index => `LABEL a.b${index}=c\n`)}`,
	'10,000 users': () => `FROM a\n${'USER root\nUSER 1\n'.repeat(10_000)}`,
	'100,000 directories, each in the one before': () => filled('WORKDIR a\n', 'FROM a\n', 'RUN b\n'),
	'10,000 directories': () => `FROM a\n${'WORKDIR a\n'.repeat(10_000)}RUN b\n`,
};

const variables: Readonly<Record<string, Make>> = {
	'a variable of itself': () => `ARG a=$a$a\nFROM b$a\nARG a\nENV a=$a$a b=\${a:-$b}\nRUN $a\n`,
	'variables of each other': () => 'ARG a=$b\nARG b=$a\nFROM x$a\nENV a=$b b=$a\nENV a=$b b=$a\n',
	'variables that double themselves': () =>
		`ARG a0=xxxxxxxx\n${many(60, index => `ARG a${index + 1}=$a${index}$a${index}\n`)}FROM x$a60\n`,
	'variables that double themselves, in a stage': () =>
		`FROM a\nENV a0=xxxxxxxx\n${many(60, index => `ENV a${index + 1}=$a${index}$a${index}\n`)}USER $a60\nEXPOSE $a60\nCOPY $a60 /x\nRUN $a60\n`,
	'a thousand variables of a thousand uses': () =>
		`FROM a\nENV a=${'x'.repeat(50_000)}\n${many(1000, index => `ENV b${index}=$a$a$a\nWORKDIR $b${index}\nUSER $a\n`)}`,
	'substitutions in substitutions': () => `FROM a\nENV b=${'${x:-'.repeat(9000)}y${'}'.repeat(9000)}\n`,
	'patterns that match in many ways': () =>
		`ARG a=${'a'.repeat(40_000)}\nFROM x\${a##${'*a'.repeat(500)}b}\nENV c=\${a%%${'*a'.repeat(500)}b}\n`,
};

const nested: Readonly<Record<string, Make>> = {
	'heredocs in heredocs': () =>
		`FROM a\nRUN <<E0\n${many(4000, index => `cat <<E${index + 1}\n`)}x\n${many(4001, index => `E${4000 - index}\n`)}`,
	'many heredocs of one line': () =>
		`FROM a\nRUN ${many(5000, index => `<<E${index} `)}\n${many(5000, index => `E${index}\n`)}`,
	'a heredoc without an end': () => `FROM a\nRUN <<E\n${'x\n'.repeat(100_000)}`,
	'a heredoc of instructions': () =>
		`FROM a\nRUN <<E\n${'FROM root\nUSER root\nENV PASSWORD=x\n'.repeat(20_000)}E\n`,
	'COPY of many heredocs': () => `FROM a\n${'COPY <<"E" /x\n$a\nE\n'.repeat(20_000)}`,
	'ONBUILD in ONBUILD': () => `FROM a\n${'ONBUILD '.repeat(5000)}RUN x\n`,
	'JSON in JSON': () => `FROM a\nCMD ${'['.repeat(30_000)}${']'.repeat(30_000)}\n`,
	...Object.fromEntries(
		[
			'(',
			'$(',
			'`',
			'{ ',
			'$((',
			'((',
			'${x:-',
			'"$(',
			'if a; then ',
			'for a in b; do ',
			'case a in b) ',
			'a() { ',
			'! ',
			'[[ ',
			'<(',
			'a & ',
			'a | ',
			'a && ',
			'while a; do ',
		].flatMap(open => [
			[
				`shell: ${open.trim()} without end`,
				() => `FROM a\nRUN ${open.repeat(Math.floor(LINE / open.length))}\n`,
			],
			[`shell: ${open.trim()} in a heredoc`, () => `FROM a\nRUN <<E\n${`${open}\n`.repeat(20_000)}E\n`],
		]),
	),
	'shell: parentheses that close': () => `FROM a\nRUN ${'('.repeat(20_000)}a${')'.repeat(20_000)}\n`,
	'shell: substitutions that close': () => `FROM a\nRUN a ${'$(a '.repeat(10_000)}${')'.repeat(10_000)}\n`,
	'shell: conditions that close': () => `FROM a\nRUN ${'if a; then '.repeat(2500)}b${'; fi'.repeat(2500)}\n`,
	'shell: bash -c of bash -c': () => `FROM a\nRUN ${"bash -c '".repeat(5000)}a${"'".repeat(5000)}\n`,
	'shell: sudo of sudo, env of env': () => `FROM a\nRUN ${'sudo env A=b '.repeat(4000)} apt-get install x\n`,
};

/** Long runs of what rules look for, in the arguments of every instruction. */
const runs = [
	...[
		'a',
		'0',
		' ',
		'\t',
		'-',
		'=',
		'"',
		"'",
		'$',
		'{',
		'}',
		'/',
		'.',
		':',
		'@',
		',',
		'%',
		'\\',
		'*',
		'?',
		'!',
		'~',
		'_',
		'#',
		'|',
		'&',
		';',
	],
	...[
		'a ',
		'- ',
		'--a ',
		'-a=',
		'a=',
		'=b ',
		'a/',
		'../',
		'./',
		'a.',
		'a:',
		'a@',
		'://',
		'http://',
		'https://a@',
		'git@a:',
		' && ',
		' | ',
		' > ',
	],
	...[
		'ghp_',
		'AKIA',
		'xox',
		'eyJ',
		'sk_live_',
		'-----BEGIN ',
		'password=',
		'TOKEN',
		'apt-get install ',
		'curl | sh ',
		'sudo ',
		'chmod 777 ',
	],
	...[
		'\u00e9',
		'\u2028',
		'\u0130',
		'\ud83d\ude00',
		'latest',
		'sha256:',
		'a-a',
		'aA0',
		'0.0.',
		'[',
		'["a",',
		'<',
		'<<',
		'>=',
	],
];

const keywords = [
	'RUN',
	'ENV a=',
	'ENV',
	'LABEL',
	'ARG',
	'COPY',
	'ADD',
	'CMD',
	'ENTRYPOINT',
	'USER',
	'EXPOSE',
	'VOLUME',
	'WORKDIR',
	'STOPSIGNAL',
	'HEALTHCHECK CMD',
	'SHELL',
	'MAINTAINER',
	'ONBUILD RUN',
	'# sallyport',
	'# hadolint ignore=',
];

function runOf(unit: string): string {
	const run = unit.repeat(Math.floor(10_000 / unit.length));
	const lines = keywords.map(keyword => `${keyword} ${keyword === 'RUN' ? '' : 'x'}${run}`);
	// What is refused stops all reading, so each instruction is tried in a way that is accepted.
	const safe = lines.filter(line => !/^(?:SHELL|ENV |LABEL|ARG|COPY|ADD|VOLUME)/.test(line));
	const pairs = ['ENV a=', 'LABEL a=', 'ARG a='].map(head => `${head}"${run.replaceAll(/["\\$]/g, 'x')}"`);
	const paths = ['COPY', 'ADD', 'VOLUME'].map(head => `${head} [${JSON.stringify(run)}, "b"]`);
	return [
		'FROM a',
		...safe,
		...pairs,
		...paths,
		`SHELL [${JSON.stringify(run)}]`,
		`RUN x${run}`,
		`RUN <<E\n${run}\nE`,
	].join('\n');
}

/** Everything above, by name. */
export const hostileFiles: Readonly<Record<string, Make>> = {
	...bytes,
	...large,
	...variables,
	...nested,
	...Object.fromEntries(runs.map(unit => [`a run of ${JSON.stringify(unit)}`, () => runOf(unit)])),
	...Object.fromEntries(
		runs
			.filter(unit => !/[\s"]/.test(unit))
			.map(unit => [
				`FROM a run of ${JSON.stringify(unit)}`,
				() => `FROM x${unit.repeat(LINE / 4 / unit.length)}\nUSER a\n`,
			]),
	),
};
