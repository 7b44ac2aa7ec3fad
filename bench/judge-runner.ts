// What `sallyport check FILE…` has to do at least, for measuring while there is no bundled command: reads, judges and tells.
import {readFileSync} from 'node:fs';
import {FrontendError} from '../frontend/error.ts';
import {examine, openDockerfile} from '../frontend/examine.ts';
import {noProject} from '../frontend/project.ts';
import {parseBundle} from '../policies/parse-bundle.ts';

const [policy = '', ...files] = process.argv.slice(2);
const bundle = parseBundle(readFileSync(policy, 'utf8'), 'baseline.yaml');
for (const file of files) {
	process.stdout.write(told(file));
}

function told(file: string): string {
	try {
		const opened = openDockerfile({
			file,
			bytes: readFileSync(file),
			target: undefined,
			buildArgs: new Map(),
			contexts: new Set(),
		});
		const {findings} = examine(opened, {
			bundle,
			project: noProject,
			images: new Map(),
			proxy: undefined,
			isOffline: true,
			contextFiles: undefined,
		});
		return findings.map(({place, message}) => `${file}:${place?.line ?? 1}: ${message}\n`).join('');
	} catch (error) {
		if (error instanceof FrontendError) {
			return `${error.message}\n`;
		}
		throw error;
	}
}
