import {readFileSync} from 'node:fs';
import test from 'ava';
import {pages} from './docs.ts';

for (const [path, make] of Object.entries(pages)) {
	test(`${path} says what the catalogues say`, t => {
		t.is(
			readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'),
			make(),
			'write it again with "npm run docs"',
		);
	});
}
