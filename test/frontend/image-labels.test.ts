import test from 'ava';
import {buildRequestOf} from '../../frontend/build-request.ts';
import {openDockerfile} from '../../frontend/examine.ts';
import {imageLabels} from '../../frontend/image-labels.ts';
import {readOptions} from '../../frontend/options.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {baselineOf} from '../helpers/bundle.ts';

// What an image says of itself in the labels that everybody reads.

const digest = `sha256:${'a'.repeat(64)}`;
const revision = 'b'.repeat(40);

interface Asked {
	readonly options?: Readonly<Record<string, string>>;
	readonly images?: Readonly<Record<string, ImageFacts>>;
	readonly manifests?: Readonly<Record<string, string>>;
	readonly bundle?: Bundle;
}

function labelsFor(
	text: string,
	{options = {}, images = {}, manifests = {}, bundle = baselineOf()}: Asked = {},
) {
	const environment = Object.entries(options).map(([key, value], index) => [
		`BUILDKIT_FRONTEND_OPT_${index}`,
		`${key}=${value}`,
	]);
	const read = readOptions(Object.fromEntries(environment));
	return imageLabels({
		opened: openDockerfile({
			file: 'Dockerfile',
			bytes: new TextEncoder().encode(text),
			target: undefined,
			buildArgs: read.buildArgs,
			contexts: new Set(),
		}),
		images: new Map(Object.entries(images)),
		bundle,
		request: buildRequestOf(read),
		manifests: new Map(Object.entries(manifests)),
	});
}

const name = (key: string): string => `org.opencontainers.image.${key}`;

test('the sources, the commit, the base and its digest are told', t => {
	const labels = labelsFor('FROM node:24-slim AS own\nFROM own\nCMD ["node"]\n', {
		options: {'vcs:source': 'git@github.com:acme/shop.git', 'vcs:revision': revision},
		images: {'node:24-slim': {digest}},
	});

	t.deepEqual(labels, {
		[name('source')]: 'ssh://git@github.com/acme/shop.git',
		[name('revision')]: revision,
		[name('base.name')]: 'docker.io/library/node:24-slim',
		[name('base.digest')]: digest,
	});
});

test("what the author or the command line says is left alone, and what came with the base is the base's", t => {
	const labels = labelsFor(`FROM node:24\nLABEL ${name('source')}=https://example.com/own\n`, {
		options: {
			'vcs:source': 'https://github.com/acme/shop.git',
			'vcs:revision': revision,
			[`label:${name('base.name')}`]: 'own',
		},
		images: {'node:24': {digest, labels: {[name('revision')]: 'of the base'}}},
	});

	t.deepEqual(labels, {[name('revision')]: revision, [name('base.digest')]: digest});
});

test('the time is that of the sources, where the build was told it, and never that of the build', t => {
	t.is(labelsFor('FROM scratch\n')[name('created')], undefined);
	t.is(
		labelsFor('FROM scratch\n', {options: {'build-arg:SOURCE_DATE_EPOCH': '1700000000'}})[name('created')],
		'2023-11-14T22:13:20Z',
	);
	t.is(
		labelsFor('ARG SOURCE_DATE_EPOCH=1600000000\nFROM scratch\n')[name('created')],
		'2020-09-13T12:26:40Z',
	);
	t.is(
		labelsFor('FROM scratch\n', {options: {'build-arg:SOURCE_DATE_EPOCH': 'soon'}})[name('created')],
		undefined,
	);
});

test('a context from git says which sources and which version it is', t => {
	const of = (url: string) => labelsFor('FROM scratch\n', {options: {context: url}});

	t.deepEqual(of('https://github.com/acme/shop.git#refs/tags/v1.2.3:web'), {
		[name('source')]: 'https://github.com/acme/shop.git',
		[name('version')]: '1.2.3',
	});
	t.deepEqual(of(`https://github.com/acme/shop.git#${revision}`), {
		[name('source')]: 'https://github.com/acme/shop.git',
		[name('revision')]: revision,
	});
	t.deepEqual(of('https://example.com/context.tar.gz'), {});
});

test('a token in the address of the sources goes into no label', t => {
	const labels = labelsFor('FROM scratch\n', {
		options: {context: 'https://user:token@github.com/acme/shop.git#main'},
	});

	t.deepEqual(labels, {});
});

test('the licence is that of the one manifest that names one', t => {
	const of = (manifests: Readonly<Record<string, string>>) =>
		labelsFor('FROM scratch\n', {manifests})[name('licenses')];

	t.is(of({'package.json': '{"license": "MIT"}'}), 'MIT');
	t.is(of({'Cargo.toml': '[package]\nlicense = "MIT OR Apache-2.0"\n'}), 'MIT OR Apache-2.0');
	t.is(of({'package.json': '{"license": "MIT"}', 'Cargo.toml': 'license = "Apache-2.0"'}), undefined);
	t.is(of({'package.json': '{"license": "UNLICENSED"}'}), undefined);
	t.is(of({'package.json': '{"license": "see the file; or not"}'}), undefined);
	t.is(of({'package.json': 'no JSON', 'web/package.json': '{"license": "MIT"}'}), undefined);
});

test('a bundle that does not ask for labels gets none', t => {
	const {rules, ...bundle} = baselineOf();
	const options = {'vcs:revision': revision};
	const asks = (fix: 'auto' | 'suggest') =>
		labelsFor('FROM scratch\n', {
			options,
			bundle: {...bundle, rules: {...rules, 'required-labels': {...rules['required-labels'], fix}}},
		});

	t.deepEqual(asks('suggest'), {});
	t.deepEqual(asks('auto'), {[name('revision')]: revision});
});
