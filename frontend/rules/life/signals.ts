/** Linux, x86 and ARM, by number. */
const byNumber = [
	...[
		'',
		'HUP',
		'INT',
		'QUIT',
		'ILL',
		'TRAP',
		'ABRT',
		'BUS',
		'FPE',
		'KILL',
		'USR1',
		'SEGV',
		'USR2',
		'PIPE',
		'ALRM',
		'TERM',
	],
	...[
		'STKFLT',
		'CHLD',
		'CONT',
		'STOP',
		'TSTP',
		'TTIN',
		'TTOU',
		'URG',
		'XCPU',
		'XFSZ',
		'VTALRM',
		'PROF',
		'WINCH',
		'IO',
	],
	...['PWR', 'SYS'],
];

// The real-time signals as the engine's table has them.
const realTime = [
	'RTMIN',
	...Array.from({length: 15}, (_, index) => `RTMIN+${index + 1}`),
	...Array.from({length: 14}, (_, index) => `RTMAX-${14 - index}`),
	'RTMAX',
];

export const signalNames: readonly string[] = [...byNumber.slice(1), 'CLD', 'IOT', 'POLL', ...realTime];

const known: ReadonlySet<string> = new Set(signalNames);

export function isSignal(name: string): boolean {
	return known.has(name);
}

export function signalByNumber(number: number): string | undefined {
	return number >= 34 && number <= 64 ? realTime[number - 34] : byNumber[number] || undefined;
}
