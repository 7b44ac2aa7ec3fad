import {readdirSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';

const folder = new URL('../../frontend/rules/', import.meta.url);

/** Below the longest line that BuildKit reads; long enough that quadratic work on it takes seconds. */
const RUN = 16_000;

/** For each rule, what its page's examples hold, in runs of many thousands: what its expressions look for, they get plenty of. */
export function* stretchedPages(): Iterable<{readonly rule: string; readonly bytes: Uint8Array}> {
	const pages = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(
		file => file.endsWith('.md') && basename(file) !== 'README.md',
	);
	for (const page of pages.toSorted()) {
		const text = readFileSync(new URL(page, folder), 'utf8');
		const examples = [...text.matchAll(/^```dockerfile\n(.*?)^```/gms)].map(([, example = '']) => example);
		const lines = new Set(examples.flatMap(example => example.split('\n')).flatMap(stretched));
		yield {
			rule: basename(page, '.md'),
			bytes: Buffer.from(['FROM a', ...lines].join('\n').slice(0, 900_000)),
		};
	}
}

/** An instruction with its arguments, each of its words and each run of signs in it made long. */
function stretched(line: string): readonly string[] {
	const [, keyword, args] =
		/^(RUN|CMD|ENTRYPOINT|USER|EXPOSE|WORKDIR|ENV|LABEL|HEALTHCHECK CMD)\s+(\S.*)$/.exec(line) ?? [];
	if (keyword === undefined || args === undefined) {
		return [];
	}
	const words = args.split(/\s+/).filter(word => word !== '' && word !== '\\');
	const signs = args.match(/[^\sA-Za-z0-9]+|[A-Za-z]+(?=[-_./:=])/g) ?? [];
	const units = [...new Set([`${args} `, ...words, ...words.map(word => `${word} `), ...signs])];
	const head = keyword === 'ENV' || keyword === 'LABEL' ? `${keyword} a=` : `${keyword} `;
	return units.map(unit => {
		const long = unit.repeat(Math.ceil(RUN / unit.length));
		return `${head}${head.endsWith('=') ? `"${long.replaceAll(/["\\]/g, 'x')}"` : long}`.replaceAll(
			'<<',
			'<',
		);
	});
}
