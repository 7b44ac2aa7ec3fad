import type {EngineInfo} from '../../docker/engine-info.ts';
import type {Probe} from '../probe.ts';

/** Loopback is nobody else's network, and always in the list. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.0/8', '::1/128']);

export const hostEnginePosture: Probe = async ({host, paramsOf}) => {
	const info = await host.engine();
	const isSwarmDeclared = paramsOf('host-engine-posture')['swarm'] === true;
	const wrong = faultsOf(info, isSwarmDeclared);
	const observed = {
		liveRestore: info.liveRestore,
		swarm: info.swarm,
		security: info.security,
		insecureRegistries: info.insecureRegistries.filter(each => !LOOPBACK.has(each)),
		// What isolates more, and is not asked of everybody.
		experimental: info.experimental,
		userNamespaces: info.security.includes('userns'),
		rootless: info.security.includes('rootless'),
		...(info.interContainer === undefined ? {} : {interContainer: info.interContainer}),
	};
	return wrong.length === 0
		? [
				{
					result: 'pass',
					message:
						'The engine uses seccomp, keeps containers when it restarts, and trusts no registry blindly',
					observed,
				},
			]
		: wrong.map((message, index) => ({
				result: 'fail' as const,
				message,
				...(index === 0 ? {observed} : {}),
			}));
};

function faultsOf(info: EngineInfo, isSwarmDeclared: boolean): readonly string[] {
	const insecure = info.insecureRegistries.filter(each => !LOOPBACK.has(each));
	const open = info.warnings.find(warning => /API is accessible on http:/i.test(warning));
	return [
		...(open === undefined
			? []
			: [`The engine's API listens without TLS: whoever reaches it is root of this host (${open})`]),
		...(insecure.length === 0
			? []
			: [`Images may come over unchecked connections from ${insecure.slice(0, 4).join(', ')}`]),
		...(info.security.includes('seccomp') ? [] : ['The engine uses no seccomp profile']),
		...(info.liveRestore ? [] : ['A restart of the engine stops every container: live-restore is off']),
		...(info.swarm === 'inactive' || isSwarmDeclared
			? []
			: [`The engine is in a swarm (${info.swarm}), and the policy does not say so (params: swarm)`]),
	];
}
