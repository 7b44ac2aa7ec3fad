// Asks Mozilla's Observatory, which lies in the folder that it is given, about sites on loopback: ports come in, answers go out.
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

/** What the Observatory's tests say of one site. */
export type Observed = Readonly<Record<string, {readonly pass: boolean; readonly result: string}>>;

interface Observatory {
	readonly scan: (host: string) => Promise<{readonly tests: Observed}>;
}

const [folder = '', ...ports] = process.argv.slice(2);
const scanner = join(folder, 'node_modules/@mdn/mdn-http-observatory/src/scanner/index.js');
const {scan}: Observatory = await import(pathToFileURL(scanner).href);
const answers: Observed[] = [];
for (const port of ports) {
	answers.push((await scan(`localhost:${port}`)).tests);
}

process.send?.(answers);
