// A process of its own for the log's tests: `append` writes entries until it is killed and prints the id of each
// acknowledged one; `hold` takes the database's write lock as a shell or a backup would, and keeps it.

import {createPrivateKey} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
import {signerOf} from '../../daemon/log/keys.ts';
import {openLog} from '../../daemon/log/log.ts';
import {openStore} from '../../daemon/store/index.ts';
import {seal} from '../../proto/envelope.ts';
import {ORIGIN, sampleStatement} from './record.ts';

const [what = '', path = '', keyFile = ''] = process.argv.slice(2);
if (what === 'hold') {
	const db = new DatabaseSync(path);
	db.exec('BEGIN IMMEDIATE');
	process.stdout.write('held\n');
	// The handler keeps the database from being collected, and with it the lock from being dropped.
	process.stdin.on('end', () => db.close()).resume();
} else {
	await append();
}

async function append(): Promise<void> {
	const signer = signerOf(createPrivateKey(readFileSync(keyFile)));
	const store = await openStore(`sqlite:${path}`);
	const log = await openLog({store, logKey: signer, origin: ORIGIN, attestors: [signer.publicKey]});
	for (;;) {
		const envelopes = await Promise.all(
			Array.from({length: 20}, (_, i) => seal(sampleStatement({name: `web-${i}`}), signer)),
		);
		await Promise.all(
			envelopes.map(async envelope => {
				const {id, position} = await log.append(envelope);
				process.stdout.write(`${id} ${position}\n`);
			}),
		);
	}
}
