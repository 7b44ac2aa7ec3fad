import type {Answer} from '../ask.ts';
import {type Endpoint, type Probe, type ProbeFinding, type Subject, unreached, unseen} from '../probe.ts';

/** Where frameworks and servers keep what is meant for those who run them, and how it begins. Plain words, and no patterns. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
	'/.git/HEAD': ['ref: refs/'],
	'/.env': ['DB_PASSWORD=', 'DATABASE_URL=', 'SECRET_KEY=', 'API_KEY=', 'APP_KEY='],
	'/metrics': ['# HELP ', '# TYPE '],
	'/server-status': ['Apache Server Status', 'Active connections: '],
	'/actuator/env': ['"propertySources"', '"activeProfiles"'],
	'/actuator/heapdump': ['JAVA PROFILE '],
	'/debug/pprof/': ['Types of profiles available'],
	'/phpinfo.php': ['<title>phpinfo()', '<title>PHP '],
	// A page that asks for a password is closed.
	'/admin/': ['Site administration', 'phpMyAdmin'],
	'/console': ['Interactive Console', 'H2 Console'],
};

const MOST_PATHS = 24;

/** One polite question for each path, without credentials, to what answers for the application. */
export const proxyAdminPathsClosed: Probe = async (subject, signal) => {
	const endpoints = subject.endpoints.filter(({protocol}) => protocol !== 'redirect');
	if (endpoints.length === 0) {
		return [{result: 'not-applicable', message: 'Nothing that speaks HTTP is known to listen'}];
	}

	const {paths} = subject.paramsOf('proxy-admin-paths-closed');
	const own = Array.isArray(paths) ? paths.filter(isPath) : [];
	const asked = [...new Set([...own, ...Object.keys(KNOWN)])].slice(0, MOST_PATHS);
	const found = await Promise.all(endpoints.map(endpoint => lookAt(endpoint, asked, own, subject, signal)));
	return found.flat();
};

async function lookAt(
	endpoint: Endpoint,
	paths: readonly string[],
	own: readonly string[],
	{ask, rude}: Subject,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	if (endpoint.address === undefined) {
		return [unreached(endpoint)];
	}

	const open: string[] = [];
	const statuses: Record<string, number> = {};
	await rude.alone(async () => {
		for (const path of paths) {
			const answer = await ask(endpoint, {path}, signal);
			statuses[path] = answer.status;
			if (isOpen(path, answer, own.includes(path))) {
				open.push(path);
			}
		}
	});
	const limited = Object.values(statuses).every(status => status === 429 || status >= 500);
	return [
		open.length > 0
			? {
					result: 'fail',
					message: `${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} open to everybody on port ${endpoint.port}; ask for credentials, or move it to a listener of its own`,
					observed: statuses,
				}
			: limited
				? unseen(
						`Port ${endpoint.port} answered nothing but errors, which says nothing about what is open`,
						statuses,
					)
				: {
						result: 'pass',
						message: `None of ${paths.length} administrative paths is open on port ${endpoint.port}`,
						observed: statuses,
					},
	];
}

/** A page of one's own that answers everything with 200 is none of these; what the policy names must be closed whatever it says. */
function isOpen(path: string, {status, body}: Answer, isNamed: boolean): boolean {
	if (status < 200 || status >= 300) {
		return false;
	}

	const signs = KNOWN[path];
	return signs === undefined ? isNamed : signs.some(sign => body.includes(sign));
}

function isPath(value: unknown): value is string {
	return typeof value === 'string' && /^\/[\x21-\x7e]{0,255}$/.test(value);
}
