// Judges hostile files in a process of its own, whose memory the test bounds. One line of JSON for each file; a line with
// its name alone comes first, so that the one that never ends, or takes all the memory, is known.
import {readFileSync} from 'node:fs';
import {baselineOf} from './bundle.ts';
import {hostileFiles} from './hostile-files.ts';
import {bundleOf, look} from './look.ts';
import {stretchedPages} from './stretched-pages.ts';

const [what] = process.argv.slice(2);
const baseline = baselineOf();
// The first look pays for loading and compiling, which is no file's fault.
look(Buffer.from('FROM a\nRUN b\n'), bundleOf(baseline));

if (what === 'pages') {
	for (const {rule, bytes} of stretchedPages()) {
		measure(rule, bytes, rule);
	}
} else if (what === 'files') {
	for (const [name, make] of Object.entries(hostileFiles)) {
		const made = make();
		measure(name, typeof made === 'string' ? Buffer.from(made) : made);
	}
}
tell({name: 'end', peakMiB: peakMiB()});

function measure(name: string, bytes: Uint8Array, only?: string): void {
	tell({name});
	const bundle = bundleOf(baseline, only);
	const from = process.cpuUsage();
	const {refusal, findings, wrong} = look(bytes, bundle);
	const {user, system} = process.cpuUsage(from);
	tell({name, size: bytes.length, ms: (user + system) / 1000, refusal, findings, wrong});
}

/** The most memory that the process had, as the kernel counts it. */
function peakMiB(): number {
	const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
	return Number(kilobytes) / 1024;
}

function tell(line: object): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}
