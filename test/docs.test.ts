import {readFileSync} from 'node:fs';
import test from 'ava';
import {pages} from './docs.ts';
import {rows} from './helpers/fidelity/rows.ts';

for (const [path, make] of Object.entries(pages)) {
	test(`${path} says what the catalogues say`, t => {
		t.is(
			readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'),
			make(),
			'write it again with "npm run docs"',
		);
	});
}

for (const {what, engines, by} of rows) {
	test(`fidelity, ${what}: every test that is named exists`, t => {
		const missing = by.filter(
			([file, title]) => !readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').includes(title),
		);

		t.deepEqual(missing, []);
		// What nobody tried is tried on nothing.
		t.is(engines.length === 0, by.length === 0);
	});
}
