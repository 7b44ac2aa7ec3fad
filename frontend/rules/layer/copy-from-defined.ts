import {quoted} from '../../dockerfile/error.ts';
import {nearestIn} from '../../dockerfile/nearest.ts';
import type {Rule, Subject} from '../rule.ts';
import {isImageName} from '../syntax/valid-default-base.ts';
import {type Copy, copiesOf} from './copies.ts';

export const copyFromDefined: Rule = function* (subject) {
	const names = subject.dockerfile.stages.flatMap(({name}) => name ?? []);
	const known = new Set(names);
	const nearest = nearestIn(known);
	for (const copy of copiesOf(subject)) {
		const value = copy.from?.value ?? '';
		const problem =
			known.has(value.toLowerCase()) || value === '' ? undefined : problemOf(subject, copy, value, nearest);
		if (problem !== undefined) {
			yield {
				result: 'fail',
				message: `${problem}.`,
				place: {file: subject.file, line: copy.instruction.line},
			};
		}
	}
};

function problemOf(
	{dockerfile: {stages}, contexts}: Subject,
	{stage}: Copy,
	value: string,
	nearest: (word: string) => string | undefined,
): string | undefined {
	if (/^\d{1,9}$/.test(value)) {
		const index = Number(value);
		return index < stages.length
			? undefined
			: `--from=${index} is the number of no stage: the last has number ${stages.length - 1}, and numbers begin with 0`;
	}

	if (value.includes('$')) {
		return `BuildKit replaces no variables in --from, so ${quoted(value)} is refused: give the image a stage with FROM, which takes variables, and name that`;
	}

	if (contexts?.has(value) === true || /[:/@]/.test(value)) {
		return undefined;
	}

	if (!isImageName(value)) {
		return `${quoted(value)} is neither a stage nor the name of an image: name a stage of this file`;
	}

	const near = nearest(value);
	const isNear = near !== undefined && near !== stage.name;
	if (OFFICIAL.has(value) && !isNear) {
		return undefined;
	}

	const remedy = isNear
		? `write ${near} if that stage was meant`
		: 'name a stage, or write the image with its tag';
	return `No stage is called ${quoted(value)}, so, unless --build-context gives it, BuildKit fetches whatever image has that name on Docker Hub: ${remedy}`;
}

/** Images that are known by a plain name, so that it is hardly meant for a stage. Whether they are pinned is asked elsewhere. */
const OFFICIAL: ReadonlySet<string> = new Set([
	...[
		'alpine',
		'amazonlinux',
		'bash',
		'buildpack-deps',
		'busybox',
		'caddy',
		'centos',
		'clojure',
		'composer',
		'consul',
	],
	...[
		'debian',
		'docker',
		'drupal',
		'eclipse-temurin',
		'elasticsearch',
		'elixir',
		'erlang',
		'fedora',
		'gcc',
		'golang',
	],
	...[
		'gradle',
		'groovy',
		'haproxy',
		'haskell',
		'httpd',
		'influxdb',
		'jetty',
		'julia',
		'kibana',
		'kong',
		'mariadb',
	],
	...[
		'maven',
		'memcached',
		'mongo',
		'mysql',
		'nats',
		'nginx',
		'node',
		'openjdk',
		'oraclelinux',
		'perl',
		'photon',
		'php',
	],
	...[
		'postgres',
		'python',
		'pypy',
		'rabbitmq',
		'redis',
		'registry',
		'rockylinux',
		'almalinux',
		'ruby',
		'rust',
		'solr',
	],
	...[
		'sonarqube',
		'swift',
		'swipl',
		'telegraf',
		'tomcat',
		'traefik',
		'ubuntu',
		'vault',
		'wordpress',
		'zookeeper',
	],
]);
