import test from 'ava';
import {openDockerfile} from '../../frontend/examine.ts';
import {fullReference} from '../../frontend/llb/reference.ts';
import {noProject} from '../../frontend/project.ts';
import {mappedBy} from '../../frontend/rules/base/mapped.ts';
import {smallerOf} from '../../frontend/rules/base/smaller-images.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import {settle} from '../../frontend/settle.ts';
import {baselineOf} from '../helpers/bundle.ts';

// Smaller images in the place of larger ones, and what the builder is asked about them.

const smaller: readonly (readonly [string, string | undefined])[] = [
	['node', 'node:slim'],
	['node:24', 'node:24-slim'],
	['docker.io/library/node:24.1.0-bookworm', 'node:24.1.0-bookworm-slim'],
	['node:lts', 'node:lts-slim'],
	['node:24-alpine', undefined],
	['node:24-slim', undefined],
	['node:24-onbuild', undefined],
	['registry.example/node:24', undefined],
	['python:3', 'python:3-slim'],
	['python:3.13.0rc2-bookworm', 'python:3.13.0rc2-slim-bookworm'],
	['python:bookworm', 'python:slim-bookworm'],
	['python:3.13-windowsservercore', undefined],
	['ruby:3.4-trixie', 'ruby:3.4-slim-trixie'],
	['perl:5.40-threaded-bookworm', 'perl:5.40-slim-threaded-bookworm'],
	['debian', 'debian:stable-slim'],
	['debian:bookworm-20250101', 'debian:bookworm-20250101-slim'],
	['debian:12.5', 'debian:12.5-slim'],
	['debian:bookworm-backports', undefined],
	['buildpack-deps:trixie', 'debian:trixie-slim'],
	['buildpack-deps:trixie-curl', undefined],
	['ubuntu:24.04', undefined],
	['eclipse-temurin:21', 'eclipse-temurin:21-jre'],
	['eclipse-temurin:21-jdk-alpine', 'eclipse-temurin:21-jre-alpine'],
	['eclipse-temurin:21.0.5_11-jdk-jammy', 'eclipse-temurin:21.0.5_11-jre-jammy'],
	['eclipse-temurin:21-jre', undefined],
	['openjdk:8-jdk-alpine', 'eclipse-temurin:8-jre-alpine'],
	['openjdk:17', 'eclipse-temurin:17-jre'],
	['openjdk:11-jre-slim', undefined],
	['maven:3-eclipse-temurin-21', 'eclipse-temurin:21-jre'],
	['maven:3.8-openjdk-17', 'eclipse-temurin:17-jre'],
	['maven:3.9-amazoncorretto-21', undefined],
	['maven:3', undefined],
	['gradle:8.10-jdk21-alpine', 'eclipse-temurin:21-jre-alpine'],
	['tomcat:10.1-jdk21-temurin-noble', 'tomcat:10.1-jre21-temurin-noble'],
	['mcr.microsoft.com/dotnet/sdk:8.0-jammy', 'mcr.microsoft.com/dotnet/aspnet:8.0-jammy'],
	['nginx:1.29', 'nginx:1.29-alpine-slim'],
	['nginx:1.29-perl', undefined],
	['postgres:17', undefined],
	['php:8.4-apache', undefined],
	['golang:1.26', undefined],
	['registry.access.redhat.com/ubi9/ubi:9.5', 'registry.access.redhat.com/ubi9/ubi-minimal:9.5'],
];

for (const [ref, expected] of smaller) {
	test(`beside ${ref} stands ${expected ?? 'nothing smaller'}`, t => {
		t.is(smallerOf(ref)?.ref, expected);
	});
}

test("an organisation's table is read from the top, and what a star stood for goes to the other side", t => {
	const table = [
		'postgres -> keep',
		'node:18* -> registry.example/legacy/node:18*',
		'node -> registry.example/node:*',
		'quay.io/*/tool:* -> registry.example/*/tool:*-hardened',
		'nonsense',
		' -> x',
	];

	t.is(mappedBy('postgres:17', table), 'kept');
	t.deepEqual(mappedBy('node:18-alpine', table), {ref: 'registry.example/legacy/node:18-alpine'});
	t.deepEqual(mappedBy('docker.io/library/node:24', table), {ref: 'registry.example/node:24'});
	t.deepEqual(mappedBy('quay.io/acme/tool:1.2', table), {ref: 'registry.example/acme/tool:1.2-hardened'});
	t.is(mappedBy('python:3', table), undefined);
});

function circumstances(images: Readonly<Record<string, ImageFacts>>) {
	const {rules, terms, ...bundle} = baselineOf();
	const setting = {...rules['slim-final-base'], fix: 'auto' as const};
	return {
		bundle: {
			...bundle,
			rules: {...rules, 'slim-final-base': setting},
			terms: {...terms, build: {...terms.build, profile: 'slim' as const, selfTest: 'trial' as const}},
		},
		project: noProject,
		images: new Map(Object.entries(images)),
		proxy: 'none' as const,
		isOffline: false,
		contextFiles: undefined,
	};
}

const full = `sha256:${'a'.repeat(64)}`;
const slim = `sha256:${'b'.repeat(64)}`;

function opened(text: string) {
	return openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(text),
		target: undefined,
		buildArgs: new Map(),
		contexts: new Set(),
	});
}

test('a base that a repair brings in is asked for once, pinned, and one of the bases that are recorded', async t => {
	const asked: string[][] = [];

	const {examined, refs, images} = await settle(
		opened('FROM node:24\nCMD ["node", "/main.js"]\n'),
		circumstances({'node:24': {digest: full}}),
		async wanted => {
			asked.push([...wanted]);
			return new Map(wanted.map(ref => [ref, {digest: slim}]));
		},
	);

	t.deepEqual(asked, [['node:24-slim']]);
	t.is(new TextDecoder().decode(examined.bytes), `FROM node:24-slim@${slim}\nCMD ["node", "/main.js"]\n`);
	t.deepEqual(refs, ['node:24-slim']);
	t.is(images.get('node:24-slim')?.digest, slim);
});

test('a base that the builder does not know is not brought in', async t => {
	const {examined, refs, unresolved} = await settle(
		opened('FROM node:24\nCMD ["node", "/main.js"]\n'),
		circumstances({'node:24': {digest: full}}),
		async () => new Map(),
	);

	t.is(new TextDecoder().decode(examined.bytes), `FROM node:24@${full}\nCMD ["node", "/main.js"]\n`);
	t.deepEqual(refs, ['node:24']);
	t.deepEqual(unresolved, ['node:24-slim']);
});

test('where no repair brings in a base, the builder is asked nothing more', async t => {
	const {refs} = await settle(
		opened('FROM node:24-slim\nCMD ["node", "/main.js"]\n'),
		circumstances({'node:24-slim': {digest: slim}}),
		async () => t.fail() as never,
	);

	t.deepEqual(refs, ['node:24-slim']);
});

const references: readonly (readonly [string, string])[] = [
	['node', 'docker.io/library/node:latest'],
	['node:24', 'docker.io/library/node:24'],
	['docker.io/node:24', 'docker.io/library/node:24'],
	['index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
	['sallyport/proxy-nginx:1', 'docker.io/sallyport/proxy-nginx:1'],
	[`node:24@${full}`, `docker.io/library/node:24@${full}`],
	[`node@${full}`, `docker.io/library/node@${full}`],
	['localhost/app', 'localhost/app:latest'],
	['registry.example:5000/a/b', 'registry.example:5000/a/b:latest'],
	['gcr.io/distroless/static-debian12:nonroot', 'gcr.io/distroless/static-debian12:nonroot'],
];

for (const [ref, expected] of references) {
	test(`the builder is asked for ${ref} by its full name`, t => {
		t.is(fullReference(ref), expected);
		t.is(fullReference(expected), expected);
	});
}
