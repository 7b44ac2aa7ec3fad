import {existsSync, readdirSync, readFileSync} from 'node:fs';

/** A Dockerfile to try something on. */
export interface Sample {
	readonly name: string;
	readonly bytes: Uint8Array;
}

const root = new URL('../../', import.meta.url);
const corpus = new URL('../shared/corpus/dockerfiles.jsonl', root);
const strange = new URL('test/fixtures/dockerfile/buildkit/parsed.jsonl', root);
const rules = new URL('frontend/rules/', root);

/** Real Dockerfiles of others; undefined on a machine that does not have them. */
export function realDockerfiles(): readonly Sample[] | undefined {
	if (!existsSync(corpus)) {
		return undefined;
	}
	return linesOf(corpus).map(({name, text}) => ({name: String(name), bytes: Buffer.from(String(text))}));
}

/** The inputs whose answers by BuildKit are kept. */
export function strangeDockerfiles(): readonly Sample[] {
	return linesOf(strange).map(({dockerfile}, index) => ({
		name: `parsed.jsonl:${index + 1}`,
		bytes: Buffer.from(String(dockerfile), 'latin1'),
	}));
}

/** Every example on every page of every rule. */
export function examplesOfRules(): readonly Sample[] {
	const pages = readdirSync(rules, {recursive: true, encoding: 'utf8'}).filter(file => file.endsWith('.md'));
	return pages.flatMap(page => {
		const blocks = readFileSync(new URL(page, rules), 'utf8').matchAll(/^```dockerfile\n(.*?)^```/gms);
		return blocks
			.map(([, text = ''], index) => ({name: `${page}#${index + 1}`, bytes: Buffer.from(text)}))
			.toArray();
	});
}

function linesOf(file: URL): readonly Record<string, unknown>[] {
	return readFileSync(file, 'utf8')
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line));
}
