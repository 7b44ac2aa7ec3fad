import {readFileSync} from 'node:fs';
import test from 'ava';
import {compareDebianVersions} from '../policies/debian-version.ts';
import {floorOf, openHoles, proxyHoles, readLayerVersions} from '../policies/proxy-floor.ts';

// Which proxies are too old: as dpkg orders versions, and as Debian's changelogs tell of holes.

/** From the oldest to the newest, as `dpkg --compare-versions` says. */
const ORDERED = [
	'1.22.1-9+deb12u11',
	'1.26.3-3~bpo12+1',
	'1.26.3-3',
	'1.26.3-3+b1',
	'1.26.3-3+deb13u2',
	'1.26.3-3+deb13u10',
	'1.26.3-3+deb13u11',
	'1.30.0',
	'1.30.6-2',
	'1.100.0-1',
	'1:0.38-2',
	'2:0~rc1-1',
	'2:0-1',
	'2:0a-1',
	'2:0+a-1',
];

test('versions are ordered as dpkg orders them', t => {
	for (const [at, version] of ORDERED.entries()) {
		t.is(compareDebianVersions(version, version), 0);
		for (const newer of ORDERED.slice(at + 1)) {
			t.true(compareDebianVersions(version, newer) < 0, `${version} < ${newer}`);
			t.true(compareDebianVersions(newer, version) > 0, `${newer} > ${version}`);
		}
	}

	t.is(compareDebianVersions('1.0-01', '1.0-1'), 0);
	t.true(compareDebianVersions('9'.repeat(40), `1${'0'.repeat(40)}`) < 0);
});

test('a layer is told of the holes that are open in it, and of no others', t => {
	const of = (nginx: string) => openHoles({nginx}).map(({id}) => id);
	t.deepEqual(of('1.26.3-3+deb13u11'), []);
	t.deepEqual(of('1.30.7-1'), []);
	t.true(of('1.26.3-3+deb13u10').includes('CVE-2026-123633'));
	t.false(of('1.26.3-3+deb13u10').includes('CVE-2026-97629'));
	t.is(of('1.26.3-3').length, proxyHoles.filter(each => each.package === 'nginx').length);
	t.deepEqual(openHoles({}), []);
	t.deepEqual(
		openHoles({libssl3t64: '3.5.6-1~deb13u2'}).map(({id}) => id),
		['CVE-2026-72897'],
	);
});

test('the layer that this version makes is not below the floor', t => {
	const script = readFileSync(new URL('../frontend/proxies/nginx-tree.sh', import.meta.url), 'utf8');
	t.is(/^least=(.*)$/m.exec(script)?.[1], floorOf('nginx'));
});

test('what is no list of versions is not taken for one', t => {
	t.deepEqual(readLayerVersions('{"packages":{"nginx":"1.26.3-3"}}'), {nginx: '1.26.3-3'});
	for (const text of [
		'',
		'[]',
		'{}',
		'{"packages":{"nginx":1}}',
		'{"packages":{"a b":"1"}}',
		'{"packages":{"a":"1\\n"}}',
	]) {
		t.is(readLayerVersions(text), undefined, text);
	}
});
