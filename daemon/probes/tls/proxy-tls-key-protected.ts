import {paths} from '../../../proto/labels.ts';
import type {FileFacts} from '../../docker/file-facts.ts';
import {type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';
import {withoutTls} from './of-tls.ts';

/** Where the proxy of a contract finds a mounted key, and where it puts what it made itself. */
const KEYS = [paths.key, paths.key.replace(/\.key$/, '.rsa.key'), `${paths.runtime}/tls/tls.key`] as const;
const MAX_PATHS = 8;

export const proxyTlsKeyProtected: Probe = async subject => {
	const asked = askedOf(subject);
	if (asked.length === 0) {
		const {result, message} = withoutTls(subject);
		return subject.endpoints.some(({protocol}) => protocol === 'https')
			? [unseen('Nobody says where this container keeps its key; name it in the parameter "paths"')]
			: [{result, message}];
	}

	const found = await Promise.all(asked.map(async path => ({path, facts: await subject.fileFacts(path)})));
	const hidden = found.filter(({facts}) => facts === 'hidden').map(({path}) => path);
	const keys = found.flatMap(({path, facts}) =>
		facts === undefined || facts === 'hidden' ? [] : [judge(path, facts, subject)],
	);
	if (keys.length > 0) {
		return keys;
	}

	return hidden.length > 0
		? [
				unseen(
					`${hidden.join(' and ')} would lie in a tmpfs, which the engine does not show; run the daemon in the host's PID namespace`,
				),
			]
		: [unseen(`No key lies at ${asked.join(' or ')}`)];
};

/** The contract's places, and those that the policy names. */
function askedOf({promised, paramsOf}: Subject): readonly string[] {
	const named: unknown = paramsOf('proxy-tls-key-protected')['paths'];
	const more = Array.isArray(named)
		? named.filter(path => typeof path === 'string' && path.startsWith('/'))
		: [];
	const speaksTls =
		promised.state === 'kept' &&
		promised.contract.proxy?.listeners.some(({protocol}) => protocol === 'https') === true;
	return [...(speaksTls ? KEYS : []), ...more].slice(0, MAX_PATHS);
}

const FOR_OTHERS = 0o007;
const FOR_GROUP_TO_CHANGE = 0o030;

function judge(path: string, {mode, uid, gid, kind, path: real}: FileFacts, {target}: Subject): ProbeFinding {
	const mount = target.mounts.find(
		({destination}) => real === destination || real.startsWith(`${destination.replace(/\/$/, '')}/`),
	);
	const observed = {
		path: real,
		mode: `0${(mode & 0o7777).toString(8)}`,
		uid,
		gid,
		mounted: mount !== undefined,
	};
	if (kind !== 'file') {
		return unseen(`${path} is no regular file, so nothing is known about the key`, observed);
	}

	const wrong = [
		...((mode & FOR_OTHERS) === 0 ? [] : ['everybody in the container may read it']),
		...((mode & FOR_GROUP_TO_CHANGE) === 0 ? [] : ['its group may change it']),
		// What the proxy made itself lies where it runs; anything else that is not mounted came with the image.
		...(mount !== undefined || real.startsWith(`${paths.runtime}/`)
			? []
			: ['it is not mounted, so whoever has the image has the key']),
	];
	return wrong.length === 0
		? {result: 'pass', message: `The key ${real} is for its owner and group alone`, observed}
		: {
				result: 'fail',
				message: `The key ${real} is not protected: ${wrong.join(', and ')}; mount it with mode 0440, for the proxy's user`,
				expected: 'a mounted file of mode 0440 or less, without rights for others',
				observed,
			};
}
