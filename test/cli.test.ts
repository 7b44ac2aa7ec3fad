import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {annotations} from '../cli/format-github.ts';
import {emptyReport} from '../cli/told.ts';
import {ruleCatalogue} from '../policies/rules/index.ts';
import {readContract} from '../proto/contract.ts';
import {VERSION} from '../proto/version.ts';
import {folderWith, typed} from './helpers/typed.ts';

const TOKEN = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
const SERVICE = 'FROM scratch\nUSER 65532\nCOPY server /server\nEXPOSE 3000\nCMD ["/server"]\n';

test('check ends with 0 when nothing is at error level, and tells what there is', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE});

	const {code, out, err} = await typed(['check', path('Dockerfile')]);

	t.is(code, 0);
	t.is(err, '');
	t.regex(out, /Dockerfile\n {2}✔ fixed {2}1 {2}health-check-set {2}supports A1\.2/);
	t.regex(out, / {2}\? not evaluated without a builder: .*valid-plan/);
	t.regex(out, /Nothing to do\. Controls: /);
});

test('check ends with 1 when something is at error level, and never prints the value', async t => {
	const path = folderWith(t, {Dockerfile: `FROM scratch\nENV A=${TOKEN}\n`});

	for (const format of ['text', 'json', 'sarif', 'github']) {
		const {code, out} = await typed(['check', path('Dockerfile'), '--format', format]);

		t.is(code, 1, format);
		t.regex(out, /GitHub token/, format);
		t.false(out.includes(TOKEN), format);
	}
});

test('a token given as a build argument is found and not printed', async t => {
	const path = folderWith(t, {Dockerfile: 'FROM scratch\nARG NPM\n'});

	const {code, out} = await typed(['check', path('Dockerfile'), '--build-arg', `NPM=${TOKEN}`]);

	t.is(code, 1);
	t.regex(out, /--build-arg NPM holds a GitHub token/);
	t.false(out.includes(TOKEN));
	t.is((await typed(['check', path('Dockerfile'), '--build-arg', 'NPM'], {env: {NPM: TOKEN}})).code, 1);
});

test('colours are for terminals, and not where NO_COLOR asks for none', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE});
	const isColored = async (options: Parameters<typeof typed>[1]): Promise<boolean> =>
		(await typed(['check', path('Dockerfile')], options)).out.includes('\u001B[');

	t.true(await isColored({isTTY: true}));
	t.false(await isColored({isTTY: false}));
	t.false(await isColored({isTTY: true, env: {NO_COLOR: '1'}}));
	t.true(await isColored({isTTY: true, env: {NO_COLOR: ''}}));
});

test('JSON is one document with verdict, counts and findings', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE});

	const report = JSON.parse((await typed(['check', path('Dockerfile'), '--format', 'json'])).out);

	const [file] = report.files;
	t.is(report.summary.errors, 0);
	t.is(report.files.length, 1);
	t.is(file.file, path('Dockerfile'));
	t.is(file.outcome, 'incomplete', 'without a builder the proxy configuration was not checked');
	t.deepEqual(file.policies, ['baseline']);
	t.like(
		file.findings.find(({control}: {control?: string}) => control === 'health-check-defined'),
		{
			rule: 'health-check-set',
			supports: ['A1.2'],
			result: 'fixed',
			place: {file: path('Dockerfile'), line: 1},
		},
	);
	t.like(
		report.controls.find(({control}: {control: string}) => control === 'health-check-defined'),
		{result: 'fixed', supports: ['A1.2']},
	);
});

test('SARIF names every rule, and what was not looked at is not a pass', async t => {
	const path = folderWith(t, {'a b/Dockerfile': `FROM node:24\nENV A=${TOKEN}\nEXPOSE 3000\n`});

	const log = JSON.parse((await typed(['check', path('a b/Dockerfile'), '--format', 'sarif'])).out);

	const [{tool, results}] = log.runs;
	const byRule = (id: string): {[key: string]: unknown} =>
		results.find(({ruleId}: {ruleId: string}) => ruleId === id) ?? {};
	t.is(log.version, '2.1.0');
	t.true(tool.driver.rules.every(({id}: {id: string}) => Object.hasOwn(ruleCatalogue, id)));
	t.true(
		results.every(
			({ruleId, ruleIndex}: {ruleId: string; ruleIndex: number}) =>
				tool.driver.rules[ruleIndex].id === ruleId,
		),
	);
	t.is(byRule('no-literal-credentials')['level'], 'error');
	t.is(byRule('pinned-base')['level'], 'warning');
	t.is(byRule('health-check-set')['kind'], 'open');
	// SARIF §3.27.10: a result of another kind than fail has the level none.
	t.true(
		results.every(({kind, level}: {kind: string; level: string}) => kind === 'fail' || level === 'none'),
	);
	const [location] = byRule('no-literal-credentials')['locations'] as readonly [
		{physicalLocation: {artifactLocation: {uri: string}; region: {startLine: number}}},
	];
	t.true(location.physicalLocation.artifactLocation.uri.endsWith('/a%20b/Dockerfile'));
	t.is(location.physicalLocation.region.startLine, 2);
	t.regex(JSON.stringify(byRule('no-literal-credentials')['partialFingerprints']), /[0-9a-f]{64}/);
});

test('a message for GitHub cannot begin a command of its own', t => {
	const told = annotations([
		{
			...emptyReport('a,b:c/Dockerfile'),
			findings: [
				{
					rule: 'no-latest-tag',
					criteria: ['CC8.1'],
					result: 'fail',
					level: 'warn',
					message: 'one\n::error::two 100%',
					url: 'https://sallyport.dev/rules/no-latest-tag',
					file: 'a,b:c/Dockerfile',
					line: 3,
					column: 2,
					builds: ['web in x'],
				},
			],
			problems: [{file: 'b\n', message: 'b\nis none'}],
		},
	]);

	t.deepEqual(told.split('\n'), [
		'::error file=b%0A,line=1,title=cannot be judged::b%0Ais none',
		'::warning file=a%2Cb%3Ac/Dockerfile,line=3,col=2,title=no-latest-tag (supports CC8.1)::one%0A::error::two 100%25 (web in x) https://sallyport.dev/rules/no-latest-tag',
		'',
	]);
});

test('check judges the stage that is asked for, by the bundle that is asked for', async t => {
	const path = folderWith(t, {
		Dockerfile: 'FROM scratch AS one\nUSER 1\nFROM scratch AS two\n',
		'strict.yaml':
			'apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: strict, version: 1.0.0}\nspec:\n  rules:\n    image-user-non-root: {enforcement: error}\n',
	});
	const strict = ['--policy', path('strict.yaml')];

	t.is((await typed(['check', path('Dockerfile'), '--target', 'one', ...strict])).code, 0);
	t.is((await typed(['check', path('Dockerfile'), '--target', 'TWO', ...strict])).code, 1);
	t.is((await typed(['check', path('Dockerfile')])).code, 0);
	t.is((await typed(['check', path('Dockerfile'), '--policy', 'baseline'])).code, 0);
});

test('the project file beside the Dockerfile counts, or the one that is named', async t => {
	const path = folderWith(t, {
		Dockerfile: 'FROM scratch\n',
		'.sallyport.yaml': 'rules: {image-user-non-root: {enforcement: error}}\n',
		'other.yaml': '',
	});

	t.is((await typed(['check', path('Dockerfile')])).code, 1);
	t.is((await typed(['check', path('Dockerfile'), '--project', path('other.yaml')])).code, 0);
});

test('with the context known, its credentials are found and ignored ones are not', async t => {
	const dockerfile = 'FROM scratch\nCOPY . /app\n';
	const path = folderWith(t, {
		'docker/Dockerfile': dockerfile,
		'src/id_rsa': 'a key\n',
		'src/empty.key': '',
		'src/ca.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
		'src/index.js': '',
		'node_modules/a/key.p12': '',
	});
	const secrets = async (): Promise<readonly string[]> => {
		const {out} = await typed([
			'check',
			path('docker/Dockerfile'),
			'--context',
			path('.'),
			'--format',
			'json',
		]);
		const findings: readonly {rule: string; result: string; observed?: {path?: string}}[] =
			JSON.parse(out).files[0].findings;
		return findings
			.filter(({rule}) => rule === 'no-secret-files')
			.map(({result, observed}) => observed?.path ?? result)
			.toSorted();
	};

	t.deepEqual(await secrets(), ['node_modules/a/key.p12', 'src/id_rsa']);
	writeFileSync(path('.dockerignore'), '# no modules\n/node_modules/\n');
	t.deepEqual(await secrets(), ['src/id_rsa']);
	writeFileSync(path('.dockerignore'), 'node_modules\n**/id_*\n!src/id_rsa\n');
	t.deepEqual(await secrets(), ['src/id_rsa']);
	writeFileSync(path('.dockerignore'), '**\n!src\n**/id_?sa\n');
	t.deepEqual(await secrets(), []);
	writeFileSync(path('.dockerignore'), 'src\nnode_modules\n!node_modules/a\n');
	t.deepEqual(await secrets(), ['node_modules/a/key.p12']);
	// One of its own goes before the context's.
	writeFileSync(path('docker/Dockerfile.dockerignore'), 'src\n');
	t.deepEqual(await secrets(), ['node_modules/a/key.p12']);
	// A pattern that is not understood: then nobody knows, and that is no pass.
	writeFileSync(path('docker/Dockerfile.dockerignore'), 'src\nnode_[\n');
	t.deepEqual(await secrets(), ['not-evaluated']);
});

test('a Dockerfile in a folder of its own may be built from another, so its context is not guessed', async t => {
	const path = folderWith(t, {'docker/Dockerfile': 'FROM scratch\nCOPY . /app\n'});

	t.regex(
		(await typed(['check', path('docker/Dockerfile')])).out,
		/not evaluated without a builder: [^.]*no-secret-files/,
	);
});

test('render shows every step', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE});
	const shown = async (step: string): Promise<string> =>
		(await typed(['render', path('Dockerfile'), '--show', step])).out;

	t.is(
		await shown('dockerfile'),
		`${SERVICE}COPY --link --from=sallyport-proxy / /\nCOPY --link --from=sallyport-record / /\n`,
	);
	t.is(JSON.parse(await shown('plan')).application.port, 3000);
	t.is(JSON.parse(await shown('contract')).proxy.engine, 'nginx');
	t.regex(await shown('proxy'), /^# \/opt\/sallyport\/conf\/nginx\.conf$/m);
	t.regex(await shown('findings'), /Controls: /);
	t.is((await typed(['render', path('Dockerfile')])).out, await shown('dockerfile'));
});

test('render writes the whole layer, and its contract can be read', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE});

	const {code} = await typed(['render', path('Dockerfile'), '--out', path('out/deep')]);

	t.is(code, 0);
	t.is(
		readFileSync(path('out/deep/Dockerfile'), 'utf8'),
		`${SERVICE}COPY --link --from=sallyport-proxy / /\nCOPY --link --from=sallyport-record / /\n`,
	);
	t.true(existsSync(path('out/deep/layer/opt/sallyport/conf/nginx.conf')));
	const contract = readContract(readFileSync(path('out/deep/layer/etc/sallyport/contract.json')));
	t.deepEqual(contract.application, {port: 3000});
	t.is(contract.checks['health-check-defined'], 'fixed');
});

test('render of an image without a listener has a contract and no proxy', async t => {
	const path = folderWith(t, {Dockerfile: 'FROM scratch\n'});

	t.regex((await typed(['render', path('Dockerfile'), '--show', 'plan'])).out, /no listener/);
	t.is(JSON.parse((await typed(['render', path('Dockerfile'), '--show', 'contract'])).out).proxy, undefined);
});

const large = `FROM scratch\n${'# a comment\n'.repeat(180_000)}`;

const mistakes: Readonly<
	Record<
		string,
		{
			readonly files?: Readonly<Record<string, string>>;
			readonly args?: readonly string[];
			readonly says: RegExp;
		}
	>
> = {
	'no Dockerfile': {
		says: /^sallyport check: There is no file .*Dockerfile; name one that can be read\n$/,
	},
	'a folder': {
		files: {'Dockerfile/x': ''},
		says: /Dockerfile holds no Dockerfile, Compose or Bake file; name one/,
	},
	'one that does not parse': {
		files: {Dockerfile: 'FROM scratch\nNONSENSE x\n'},
		says: /^sallyport check: \S*\/Dockerfile:2.*NONSENSE/,
	},
	'one without a stage': {files: {Dockerfile: '# nothing\n'}, says: /^sallyport check: \S*\/Dockerfile: /},
	'one of 2 MB': {files: {Dockerfile: large}, says: /has 2160013 bytes, and more than 1048576 are not read/},
	'one of 20 MB': {
		files: {Dockerfile: large.repeat(10)},
		says: /has 21600130 bytes, and more than \d+ are not read/,
	},
	'an unknown stage': {
		files: {Dockerfile: 'FROM scratch AS build\n'},
		args: ['--target', 'nope'],
		says: /has no stage "nope": the stages are build/,
	},
	'a malformed project': {
		files: {Dockerfile: SERVICE, '.sallyport.yaml': 'facts: {port: 1\n'},
		says: /^sallyport check: \S*\/\.sallyport\.yaml:2:1: this is not YAML/,
	},
	'a project of 70 kB': {
		files: {Dockerfile: SERVICE, '.sallyport.yaml': `#${'x'.repeat(70_000)}\n`},
		says: /\.sallyport\.yaml is 70002 bytes long; a project file has at most 65536/,
	},
	'an unknown key': {
		files: {Dockerfile: SERVICE, '.sallyport.yaml': 'polcy: baseline\n'},
		says: /\.sallyport\.yaml:1:1: "polcy" is not a key here; use policy, /,
	},
	'a project that weakens policy': {
		files: {Dockerfile: SERVICE, '.sallyport.yaml': 'rules:\n  proxy-config-valid: {enforcement: warn}\n'},
		says: /\.sallyport\.yaml:2: proxy-config-valid asks for "enforcement: warn", but the bundle baseline says error/,
	},
	'a bundle nobody has': {files: {Dockerfile: SERVICE}, args: ['--policy', 'soc9'], says: /"soc9".*baseline/},
	'a bundle that is none': {
		files: {Dockerfile: SERVICE, 'b.yaml': 'kind: Other\n'},
		args: ['--policy', 'b.yaml'],
		says: /b\.yaml:?\d*: a bundle starts with/,
	},
	'a format nobody knows': {
		files: {Dockerfile: SERVICE},
		args: ['--format', 'xml'],
		says: /there is no format "xml"/,
	},
	'an option nobody knows': {
		files: {Dockerfile: SERVICE},
		args: ['--frmat'],
		says: /Unknown option '--frmat'/,
	},
	'a policy that is not there': {
		files: {Dockerfile: SERVICE},
		args: ['Dockerfile', '--policy', 'none.yaml'],
		says: /^sallyport check: There is no file \S*none\.yaml; name one that can be read\n$/,
	},
};

for (const [name, {files = {}, args = [], says}] of Object.entries(mistakes)) {
	test(`bad input is one sentence and exit code 2: ${name}`, async t => {
		const path = folderWith(t, files);
		const placed = args.map(arg => (arg.endsWith('.yaml') ? path(arg) : arg));

		const {code, out, err} = await typed(['check', path('Dockerfile'), ...placed]);

		t.is(code, 2);
		t.is(out, '');
		t.regex(err, says);
		t.is(err.trimEnd().split('\n').length, 1, err);
		t.notRegex(err, /\n\s+at |node:internal/);
	});
}

test('render refuses steps that there are not, and folders it cannot write to', async t => {
	const path = folderWith(t, {Dockerfile: SERVICE, file: ''});

	const wrong = await typed(['render', path('Dockerfile'), '--show', 'everything']);
	const closed = await typed(['render', path('Dockerfile'), '--out', path('file/below')]);

	t.is(wrong.code, 2);
	t.regex(wrong.err, /--show is one of dockerfile, plan, contract, findings, proxy/);
	t.is(closed.code, 2);
	t.regex(closed.err, /Nothing can be written below .* \(ENOTDIR\)/);
});

test('help and version are asked for in the usual ways', async t => {
	t.regex((await typed(['--help'])).out, /^Usage: sallyport COMMAND/);
	t.is((await typed(['--version'])).out, `${VERSION}\n`);
	t.regex((await typed(['check', '--help'])).out, /--format text\|json\|sarif\|github/);
	t.regex((await typed(['render', '-h'])).out, /--show dockerfile\|plan/);
	t.is((await typed(['--help'])).code, 0);
});

test('what is no command is told which there are', async t => {
	const {code, err} = await typed(['chekc']);

	t.is(code, 2);
	t.is(
		err,
		'sallyport: "chekc" is not a command; it has check, render, policy, keys, daemon, verify, proxy, log\n',
	);
	t.is((await typed([])).code, 2);
	t.is((await typed(['constructor'])).code, 2);
});

test('as a program it ends with the command’s code, and a closed pipe is no crash', t => {
	const main = join(import.meta.dirname, '../cli/main.ts');
	const path = folderWith(t, {
		Dockerfile: `FROM scratch\nENV A=${TOKEN}\n`,
		Long: `FROM scratch\n${'# more\n'.repeat(100_000)}`,
	});

	const version = spawnSync(process.execPath, [main, '--version'], {encoding: 'utf8'});
	const failed = spawnSync(process.execPath, [main, 'check', path('Dockerfile')], {encoding: 'utf8'});
	const piped = spawnSync(
		'sh',
		['-c', '"$0" "$1" render "$2" | head -c 10', process.execPath, main, path('Long')],
		{
			encoding: 'utf8',
		},
	);

	t.is(version.stdout, `${VERSION}\n`);
	t.is(failed.status, 1);
	t.is(failed.stderr, '');
	t.is(piped.stderr, '');
});
