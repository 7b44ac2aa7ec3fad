import {startupSnapshot} from 'node:v8';
import {build} from './build.ts';
import {openGateway} from './gateway/client.ts';
import {readOptions} from './options.ts';
import {rehearse} from './rehearse.ts';
import {isExpected, statusOf} from './result.ts';
import {inTheirWords} from './their-words.ts';

/** Where the image has its policies; images that are derived from it put theirs there, too. */
const bundles = new URL('file:///sallyport/policies/bundles/');

// The image holds this program as it is after a rehearsed build: everything loaded, and the code that builds run compiled. Each
// build starts from there.
if (startupSnapshot.isBuildingSnapshot()) {
	startupSnapshot.setDeserializeMainFunction(() => void serve());
	void rehearse(bundles);
} else {
	void serve();
}

/** Answers the one build that this process was started for. */
async function serve(): Promise<never> {
	// Standard output is the wire to BuildKit: one stray line on it ends the build with a riddle. So the console, and
	// whatever a dependency might print, goes to the daemon's log instead.
	const wire = process.stdout;
	Object.defineProperty(process, 'stdout', {value: process.stderr});

	// First of all the preface: BuildKit waits ten seconds for it, counted from before this container was made.
	const gateway = openGateway(process.stdin, wire);
	try {
		const options = readOptions(process.env);
		const result = await build(gateway, options, bundles, new Date()).catch((error: unknown) =>
			inTheirWords(gateway, options, error),
		);
		await gateway.call('return', {result});
	} catch (error) {
		if (!isExpected(error)) {
			process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		}

		await gateway.call('return', {error: statusOf(error)});
	}

	// BuildKit looks at what was returned only after this process is gone, and a session that is closed in good order
	// before that loses the result.
	process.exit(0);
}
