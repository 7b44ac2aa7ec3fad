import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {absoluteDestination} from './absolute-destination.ts';
import {cacheMounts} from './cache-mounts.ts';
import {copyChmod} from './copy-chmod.ts';
import {copyFromDefined} from './copy-from-defined.ts';
import {copyFromOtherStage} from './copy-from-other-stage.ts';
import {copyLink} from './copy-link.ts';
import {copyManyToFolder} from './copy-many-to-folder.ts';
import {copyNotAdd} from './copy-not-add.ts';
import {manifestsFirst} from './manifests-first.ts';
import {namedStages} from './named-stages.ts';
import {noDeletedBytes} from './no-deleted-bytes.ts';
import {noEmptyStageCopy} from './no-empty-stage-copy.ts';
import {noIgnoredSource} from './no-ignored-source.ts';
import {noLeftoverFiles} from './no-leftover-files.ts';
import {noWholeContext} from './no-whole-context.ts';
import {noWholeRootCopy} from './no-whole-root-copy.ts';
import {reachableStages} from './reachable-stages.ts';
import {splitBuild} from './split-build.ts';

export const layerRules: Readonly<Record<RuleIdIn<'layer'>, Rule>> = {
	'copy-not-add': copyNotAdd,
	'copy-many-to-folder': copyManyToFolder,
	'copy-from-defined': copyFromDefined,
	'copy-from-other-stage': copyFromOtherStage,
	'no-whole-root-copy': noWholeRootCopy,
	'absolute-destination': absoluteDestination,
	'no-ignored-source': noIgnoredSource,
	'no-whole-context': noWholeContext,
	'copy-chmod': copyChmod,
	'copy-link': copyLink,
	'manifests-first': manifestsFirst,
	'cache-mounts': cacheMounts,
	'split-build': splitBuild,
	'reachable-stages': reachableStages,
	'named-stages': namedStages,
	'no-empty-stage-copy': noEmptyStageCopy,
	'no-leftover-files': noLeftoverFiles,
	'no-deleted-bytes': noDeletedBytes,
};
