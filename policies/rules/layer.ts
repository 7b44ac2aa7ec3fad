import type {RuleMeta} from './meta.ts';

/** What is copied into which layer. */
export const layerRules = {
	'copy-not-add': {
		title: 'ADD used where COPY is enough',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3020', 'DS-0005', 'CKV_DOCKER_4', 'CIS-DI-0009'],
	},
	'copy-many-to-folder': {
		title: 'COPY with 3+ args and no trailing slash on the destination',
		severity: 'high',
		fix: 'yes',
		aliases: ['DL3021', 'DS-0011'],
	},
	'copy-from-defined': {
		title: 'COPY --from names an undefined stage',
		severity: 'high',
		fix: 'no',
		aliases: ['DL3022'],
	},
	'copy-from-other-stage': {
		title: 'COPY --from refers to its own stage',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3023', 'DS-0006'],
	},
	'no-whole-root-copy': {
		title: 'COPY --from=x / / copies a whole root',
		severity: 'medium',
		fix: 'no',
		aliases: ['DL3067'],
	},
	'absolute-destination': {
		title: 'COPY to a relative destination with no WORKDIR',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3045'],
	},
	'no-ignored-source': {
		title: 'COPY source excluded by .dockerignore',
		severity: 'medium',
		fix: 'no',
		aliases: ['CopyIgnoredFile'],
	},
	'no-whole-context': {
		title: 'COPY . of the whole context into the final stage',
		severity: 'medium',
		fix: 'opt-in',
	},
	'copy-chmod': {
		title: 'COPY then RUN chmod/chown duplicates the layer',
		severity: 'low',
		fix: 'yes',
	},
	'copy-link': {
		title: '--link missing on COPY that could use it',
		severity: 'info',
		fix: 'yes',
	},
	'manifests-first': {
		title: 'Dependency manifests not copied before sources (cache bust)',
		severity: 'low',
		fix: 'opt-in',
	},
	'cache-mounts': {
		title: 'No cache mounts for package/build caches',
		severity: 'info',
		fix: 'yes',
	},
	'split-build': {
		title: 'Single-stage build ships compilers',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-multi-stage-clean',
	},
	'reachable-stages': {
		title: 'Stage unreachable from the target',
		severity: 'low',
		fix: 'opt-in',
	},
	'named-stages': {
		title: 'Final stage not named / stages unnamed',
		severity: 'info',
		fix: 'yes',
		aliases: ['using_unnamed_build_stages'],
	},
	'no-empty-stage-copy': {
		title: 'COPY --from an empty scratch stage',
		severity: 'high',
		fix: 'no',
	},
	'no-leftover-files': {
		title: 'Unneeded files (/tmp, /var/cache, docs, .git, __pycache__) in final image',
		severity: 'low',
		fix: 'yes',
		aliases: ['DKL-LI-0003'],
	},
	'no-deleted-bytes': {
		title: 'File added then deleted in a later layer (bytes stay)',
		severity: 'low',
		fix: 'opt-in',
		control: 'image-layer-efficiency',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
