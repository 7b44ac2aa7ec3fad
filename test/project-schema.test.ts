import {Ajv2020} from 'ajv/dist/2020.js';
import test from 'ava';
import {parse, stringify} from 'yaml';
import {FrontendError} from '../frontend/error.ts';
import {readProject} from '../frontend/read-project.ts';
import {schemas} from '../policies/schemas.ts';
import {changed} from './helpers/changed.ts';
import {changes, whole} from './helpers/project-cases.ts';

// What an editor says about the proxy in a project file is what the build says.

const validate = new Ajv2020({strict: false}).compile(schemas.project());
const original: unknown = parse(whole);

/** Why a document is refused; absent when it is read. */
function refusalOf(document: unknown): string | undefined {
	try {
		readProject(stringify(document), '.sallyport.yaml');
		return undefined;
	} catch (error) {
		if (error instanceof FrontendError) {
			return error.message;
		}

		throw error;
	}
}

test('all that can be said of the proxy is read, and the schema takes it', t => {
	t.is(refusalOf(original), undefined);
	t.true(validate(original), JSON.stringify(validate.errors));
});

for (const [path, value] of changes.good) {
	test(`the reader and the schema take ${path}: ${JSON.stringify(value)}`, t => {
		// Upstreams that nobody names any more are another mistake.
		const document = changed(original, path.split('.'), value);

		t.is(refusalOf(document), undefined);
		t.true(validate(document), JSON.stringify(validate.errors));
	});
}

for (const [path, value] of changes.bad) {
	test(`the reader and the schema refuse ${path}: ${JSON.stringify(value)?.slice(0, 60)}`, t => {
		const document = changed(original, path.split('.'), value);

		t.regex(refusalOf(document) ?? '', /^\.sallyport\.yaml:\d+:\d+: [^\n]+$/);
		t.false(validate(document));
	});
}
