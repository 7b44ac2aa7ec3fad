import type {HostView} from '../../host/view.ts';

/** A host on which nothing is as it should be. */
export const worstHost: HostView = {
	engine: async () => ({
		version: '28.0.0',
		swarm: 'active',
		liveRestore: false,
		experimental: true,
		insecureRegistries: ['0.0.0.0/0'],
		security: [],
		warnings: ['[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption.'],
		loggingDriver: 'none',
		cgroupVersion: '1',
		root: '/var/lib/docker',
		interContainer: true,
	}),
	clock: async () => ({state: 'adrift', by: 'nobody', reason: 'it stands still, on purpose'}),
	keys: async () => [
		{name: 'attestation.key', mode: 0o644, isOurs: false, writtenAt: new Date('2010-01-01T00:00:00Z')},
	],
	installedAt: async () => new Date('2010-01-01T00:00:00Z'),
	record: async () => ({
		broken: 'it was changed, on purpose',
		entries: 1,
		oldestAt: new Date('2020-01-01T00:00:00Z'),
		anchoredAt: undefined,
	}),
	policy: {
		name: 'bad',
		isApprovalRequired: true,
		approval: {state: 'withdrawn', message: 'The policy bad was withdrawn, on purpose.', approvers: []},
	},
};
