import test from 'ava';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {invocationsIn} from '../../frontend/rules/package/invocations.ts';
import {isMounted} from '../../frontend/rules/package/mounts.ts';
import {imageOf} from '../../frontend/rules/package/stages.ts';
import {scriptsOf} from '../../frontend/shell/scripts.ts';

// What rules of packages and caches build on: commands of package managers, mounts, and names of images.

function runOf(text: string) {
	const dockerfile = parseDockerfile(new TextEncoder().encode(`FROM a\nRUN ${text}`));
	const [script] = scriptsOf(dockerfile, dockerfile.stages);
	return script;
}

const commands: Readonly<Record<string, string>> = {
	'apt-get -qq -o A=b install -y --no-install-recommends curl jq=1.6': 'apt install: curl jq=1.6',
	'sudo apt-get update': 'apt update:',
	'apt-get -s install curl': '',
	'apk --no-cache add --virtual .build gcc': 'apk install: gcc',
	'yum groupinstall -y "Development Tools"': 'yum install: Development Tools',
	'dnf module install -y nodejs:18': 'dnf install: nodejs:18',
	'zypper -n in -y curl': 'zypper install: curl',
	'python3 -m pip install --user -r a.txt flask': 'pip install: flask',
	'python3 -m venv /venv': '',
	'/venv/bin/pip install -U pip': 'pip install: pip',
	'uv pip install --system flask': 'uv install: flask',
	yarn: 'yarn install:',
	'yarn --frozen-lockfile': 'yarn install:',
	'yarn global add serve': 'yarn install: serve',
	'yarn build': '',
	'npm --prefix web ci': 'npm install:',
	'npm run build': '',
	'npm --version': '',
	'gem install -v 1.2 rake': 'gem install: rake',
	'go mod download': 'go install:',
	'composer global require a/b': 'composer install: a/b',
	'conda env create -f env.yml': 'conda install:',
	'mvn -B clean package': 'maven install:',
	'./gradlew --no-daemon clean build': 'gradle install:',
	'echo apt-get install curl': '',
};

for (const [text, expected] of Object.entries(commands)) {
	test(`"${text}" is read as ${expected === '' ? 'nothing' : expected}`, t => {
		const found = invocationsIn(runOf(text)?.commands ?? []).map(({manager, act, operands}) =>
			[`${manager} ${act}:`, ...operands.map(({value}) => value)].join(' '),
		);

		t.deepEqual(found, expected === '' ? [] : [expected]);
	});
}

test('a cache or a tmpfs on a folder, or above it, keeps it out of the layer', t => {
	const keepsOut = (mount: string, folder: string): boolean => {
		const instruction = runOf(`--mount=${mount} true`)?.instruction;
		return instruction !== undefined && isMounted(instruction, folder);
	};

	const user = 'me';

	t.true(keepsOut('type=cache,target=/root/.cache', '/root/.cache/pip'));
	t.true(keepsOut(`type=cache,id=a,dst=/home/${user}/.cache/pip/`, '/root/.cache/pip'));
	t.true(keepsOut('type=tmpfs,target=/tmp', '/tmp'));
	t.false(keepsOut('type=bind,target=/tmp', '/tmp'));
	t.false(keepsOut('type=cache,target=/root/.cache/pipx', '/root/.cache/pip'));
});

test("an image's name is told from its registry and tag", t => {
	t.deepEqual(imageOf('node:20.1-alpine'), {name: 'node', registry: '', tag: '20.1-alpine', major: 20});
	t.deepEqual(imageOf('docker.io/library/node'), {name: 'node', registry: '', tag: '', major: undefined});
	t.deepEqual(imageOf('localhost:5000/a/b:1@sha256:00'), {
		name: 'a/b',
		registry: 'localhost:5000',
		tag: '1',
		major: 1,
	});
	t.is(imageOf('public.ecr.aws/docker/library/php:8.3-fpm').name, 'php');
});
