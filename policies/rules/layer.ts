import type {RuleMeta} from './meta.ts';

/** What is copied into which layer. */
export const layerRules = {
	'copy-not-add': {
		title: 'ADD of plain files',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3020', 'DS-0005', 'CKV_DOCKER_4', 'CIS-DI-0009', 'add_instead_of_copy'],
	},
	'copy-many-to-folder': {
		title: 'Several sources into a destination without a slash',
		severity: 'high',
		fix: 'yes',
		aliases: ['DL3021', 'DS-0011', 'copy_with_more_than_two_arguments_not_ending_with_slash'],
	},
	'copy-from-defined': {
		title: 'COPY --from names no stage',
		severity: 'high',
		fix: 'no',
		aliases: ['DL3022'],
	},
	'copy-from-other-stage': {
		title: 'Stage that copies from itself',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3023', 'DS-0006', 'copy_from_references_current_from_alias'],
	},
	'no-whole-root-copy': {
		title: 'Whole root of another stage copied',
		severity: 'medium',
		fix: 'no',
		aliases: ['DL3067'],
	},
	'absolute-destination': {
		title: 'Relative destination without a WORKDIR',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3045'],
	},
	'no-ignored-source': {
		title: 'Source that the ignore file keeps out',
		severity: 'medium',
		fix: 'no',
		aliases: ['CopyIgnoredFile'],
	},
	'no-whole-context': {
		title: 'Whole build context in the image',
		severity: 'medium',
		fix: 'no',
	},
	'copy-chmod': {
		title: 'Mode or owner changed in a step of its own',
		severity: 'low',
		fix: 'yes',
	},
	'copy-link': {
		title: 'COPY --from without --link',
		severity: 'info',
		fix: 'yes',
	},
	'manifests-first': {
		title: 'Sources copied before dependencies are installed',
		severity: 'low',
		fix: 'opt-in',
	},
	'cache-mounts': {
		title: 'Package cache without a mount',
		severity: 'info',
		fix: 'yes',
	},
	'split-build': {
		title: 'Compiler in the image',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-multi-stage-clean',
	},
	'reachable-stages': {
		title: 'Stage that nothing needs',
		severity: 'low',
		fix: 'opt-in',
	},
	'named-stages': {
		title: 'Stage taken by its number',
		severity: 'info',
		fix: 'yes',
		aliases: ['using_unnamed_build_stages'],
	},
	'no-empty-stage-copy': {
		title: 'Copy from a stage without files',
		severity: 'high',
		fix: 'no',
	},
	'no-leftover-files': {
		title: 'Files left behind in the image',
		severity: 'low',
		fix: 'yes',
		aliases: ['DKL-LI-0003'],
	},
	'no-deleted-bytes': {
		title: 'File removed after it went into a layer',
		severity: 'low',
		fix: 'no',
		control: 'image-layer-efficiency',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
