import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ensureEngine} from '../test/engine/engine.ts';
import {ensureImages} from '../test/engine/images.ts';
import {run} from '../test/engine/run.ts';
import {application, applications} from './conversation/application.ts';
import {recorded, started, talk} from './conversation/talk.ts';

// `node examples/record.ts NAME…`: builds an application as its author wrote it, asks what its conversation asks, and writes
// down the answers. Look at what has changed before you keep it.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const engine = await ensureEngine({progress: say});
const names = process.argv.slice(2);
for (const {name, folder, base, conversation} of names.length > 0 ? names.map(application) : applications()) {
	const {port} = conversation;
	if (port === undefined) {
		continue;
	}

	await ensureImages(engine, [base], {progress: say});
	await run(engine.docker, ['build', '-q', '-t', `sallyport-apps/${name}:plain`, folder], {env: engine.env});
	const running = await started(engine, `sallyport-apps/${name}:plain`, [port]);
	try {
		const said = await talk(await running.door(port), conversation);
		const exchanges = conversation.exchanges.map(({ask}, index) => {
			const answer = said[index];
			if (answer === undefined) {
				throw new Error(`${name} does not answer ${ask.path}`);
			}

			return {ask, answer: recorded(answer)};
		});
		writeFileSync(
			join(folder, 'conversation.json'),
			`${JSON.stringify({...conversation, exchanges}, undefined, '\t')}\n`,
		);
		say(`${name}: ${exchanges.length} answers written down`);
	} finally {
		await running.remove();
	}
}

await engine.stop();
