import test from 'ava';
import {makeAuthority} from '../helpers/certificates.ts';
import {headerCases, serveCase} from '../helpers/header-cases.ts';
import {verdictsOf} from '../helpers/header-verdicts.ts';

const localhost = makeAuthority().issue('localhost');

test('each of many configurations, good and bad, is judged as the specifications have it', async t => {
	const cases = headerCases();
	t.true(cases.length >= 40);
	for (const each of cases) {
		await using server = await serveCase(each, localhost);

		t.deepEqual(await verdictsOf(server.port, Object.keys(each.expected)), each.expected, each.name);
	}
});
