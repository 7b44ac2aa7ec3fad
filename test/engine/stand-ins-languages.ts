import {build, type Recipe} from './recipe.ts';

const SLIM = 'debian:trixie-slim';
const FULL = 'buildpack-deps:trixie';

/** The images of languages and servers, all on Debian trixie: full and slim ones hold the same version. */
export const languageRecipes: Readonly<Record<string, Recipe>> = {
	'buildpack-deps:trixie-scm': made('buildpack-deps', 'buildpack-deps:trixie-scm', 20, [SLIM], 'scm'),
	[FULL]: made('buildpack-deps', FULL, 80, [SLIM], 'full'),
	...variants('python', ['python:3.13-trixie', 'python:3.13'], FULL, 25),
	...variants('python', ['python:3.13-slim-trixie', 'python:3.13-slim'], SLIM, 25),
	...variants('rust', ['rust:1.85-trixie', 'rust:1.85'], FULL, 40),
	...variants('rust', ['rust:1.85-slim-trixie', 'rust:1.85-slim'], SLIM, 40),
	...variants('ruby', ['ruby:3.3-trixie', 'ruby:3.3'], FULL, 25),
	...variants('ruby', ['ruby:3.3-slim-trixie', 'ruby:3.3-slim'], SLIM, 25),
	'golang:1.24-trixie': made('golang', 'golang:1.24-trixie', 40, ['buildpack-deps:trixie-scm']),
	'golang:1.24': made('golang', 'golang:1.24', 40, ['buildpack-deps:trixie-scm']),
	'php:8.4-fpm-trixie': made('php', 'php:8.4-fpm-trixie', 35, [SLIM]),
	'php:8.4-fpm': made('php', 'php:8.4-fpm', 35, [SLIM]),
	'eclipse-temurin:21-jre': made('java', 'eclipse-temurin:21-jre', 40, [SLIM], 'jre'),
	'eclipse-temurin:21-jdk': made('java', 'eclipse-temurin:21-jdk', 50, [SLIM], 'jdk'),
	'maven:3-eclipse-temurin-21': made('java', 'maven:3-eclipse-temurin-21', 60, [SLIM], 'maven'),
	'nginx:1.26-trixie': made('nginx', 'nginx:1.26-trixie', 15, [SLIM]),
	'nginx:1.26': made('nginx', 'nginx:1.26', 15, [SLIM]),
};

/** Tags that mean the same image; the second one is made from BuildKit's cache. */
function variants(
	recipe: string,
	names: readonly string[],
	base: string,
	seconds: number,
): Record<string, Recipe> {
	return Object.fromEntries(
		names.map(name => [
			name,
			{
				needs: [base],
				seconds,
				make: (engine, making) => build(engine, making, recipe, name, '--build-arg', `BASE=${base}`),
			} satisfies Recipe,
		]),
	);
}

function made(
	recipe: string,
	name: string,
	seconds: number,
	needs: readonly string[],
	target?: string,
): Recipe {
	const more = target === undefined ? [] : ['--target', target];
	return {needs, seconds, make: (engine, making) => build(engine, making, recipe, name, ...more)};
}
