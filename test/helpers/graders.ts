import {chmod, readFile} from 'node:fs/promises';
import type {ExecutionContext} from 'ava';
import {derivePlan} from '../../frontend/derive-plan.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import {nginx} from '../../frontend/proxies/nginx.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {readProject} from '../../frontend/read-project.ts';
import {ensureImages} from '../engine/images.ts';
import {type Authority, makeAuthority} from './certificates.ts';
import {type Docker, folderOf, openDocker, type Ran} from './docker.ts';

/** The name under which the judged server is reached, at the ports that judges take for granted. */
export const HOST = 'app.example';

/** A container with a page behind the proxy, as a project of some ambition has it, and judges that share its network. */
export interface Judged {
	readonly docker: Docker;
	readonly id: string;
	/** The folder with `ca.crt`, mounted as `/ca` wherever a judge runs. */
	readonly ca: string;
	/**
	 * What a judge said; undefined, after a line in the test's log that tells why, where the judge cannot be fetched. In CI it can,
	 * and there it must be.
	 */
	ask(t: ExecutionContext, judge: Judge, args: readonly string[]): Promise<Ran | undefined>;
	remove(): Promise<void>;
}

export type Judge = 'testssl' | 'slowhttptest' | 'sslyze' | 'observatory';

const FIXTURES = new URL('../fixtures/graders/', import.meta.url);
/** What a team writes that wants the best marks. All else is the default. */
const PROJECT = `
facts:
  hosts: [${HOST}]
headers:
  csp: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'"
  hsts: {seconds: 63072000, subdomains: true}
`;

/** The plan that a build derives from this, at the ports of the world; `change` varies it. */
export function judgedPlan(change: (plan: Plan) => Plan = plan => plan): Plan {
	const dockerfile = parseDockerfile(new TextEncoder().encode('FROM node\nEXPOSE 3000'));
	const {plan, problems} = derivePlan({
		dockerfile,
		target: stageOf(dockerfile, undefined),
		buildArgs: new Map(),
		images: new Map(),
		project: readProject(PROJECT, '.sallyport.yaml'),
		proxy: 'nginx',
	});
	if (plan === undefined) {
		throw new Error(problems.map(({message}) => message).join('\n'));
	}

	return change({...plan, listeners: {...plan.listeners, https: 443, redirect: 80}});
}

export async function judged(plan: Plan): Promise<Judged> {
	const docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim']);
	const own = await Promise.all(
		['Dockerfile', 'page.mjs'].map(async name => [name, await readFile(new URL(name, FIXTURES))] as const),
	);
	const rendered = nginx.render(plan).map(({path, content}) => [path.slice(1), content] as const);
	const context = await folderOf(Object.fromEntries([...own, ...rendered]));
	const authority = makeAuthority();
	const tls = await readable(pair(authority));
	const ca = await readable({'ca.crt': authority.cert});
	await must(docker, ['build', '-q', '--target', 'judged', '-t', 'sallyport-test/judged', context]);
	const id = await must(docker, [
		...['run', '-d', '--tmpfs', '/run/sallyport', '--read-only', '--cap-drop', 'ALL'],
		...['--add-host', `${HOST}:127.0.0.1`, '-v', `${tls}:/etc/sallyport/tls:ro`],
		...['--security-opt', 'no-new-privileges', 'sallyport-test/judged'],
	]);
	return {
		docker,
		id,
		ca,
		ask: (t, judge, args) => ask(t, {docker, id, ca, context}, judge, args),
		remove: async () => {
			await docker(['rm', '-f', id]);
		},
	};
}

interface Court {
	readonly docker: Docker;
	readonly id: string;
	readonly ca: string;
	readonly context: string;
}

async function ask(
	t: ExecutionContext,
	{docker, id, ca, context}: Court,
	judge: Judge,
	args: readonly string[],
): Promise<Ran | undefined> {
	const image = `sallyport-test/${judge}`;
	const {code, stderr} = await docker(['build', '-q', '--target', judge, '-t', image, context]);
	if (code !== 0) {
		const why = stderr.trim().split('\n').at(-1) ?? '';
		t.log(`not asked, because ${judge} cannot be fetched: ${why}`);
		if (process.env['CI'] !== undefined) {
			t.fail(`${judge} is reachable where CI runs: ${why}`);
		}

		return undefined;
	}

	// Judges write where they like, and must not be able to reach anybody else.
	return docker(['run', '--rm', '--network', `container:${id}`, '-v', `${ca}:/ca:ro`, image, ...args]);
}

function pair(authority: Authority): Readonly<Record<string, string>> {
	const {cert, key} = authority.issue(HOST);
	return {'tls.crt': cert, 'tls.key': key};
}

/** A temporary folder is its maker's alone; the proxy's user must get in. */
async function readable(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await folderOf(files);
	await chmod(folder, 0o755);
	return folder;
}

async function must(docker: Docker, args: readonly string[]): Promise<string> {
	const {code, stdout, stderr} = await docker(args);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return stdout.trim();
}
