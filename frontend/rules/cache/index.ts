import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {apkVirtualRemoved} from './apk-virtual-removed.ts';
import {cleanAfterInstall} from './clean-after-install.ts';
import {noApkCache} from './no-apk-cache.ts';
import {noAptLists} from './no-apt-lists.ts';
import {noBuildCache} from './no-build-cache.ts';
import {noDnfCache} from './no-dnf-cache.ts';
import {noLeftoverArchives} from './no-leftover-archives.ts';
import {noNpmCache} from './no-npm-cache.ts';
import {noPipCache} from './no-pip-cache.ts';
import {noYumCache} from './no-yum-cache.ts';
import {noZypperCache} from './no-zypper-cache.ts';
import {updateWithInstall} from './update-with-install.ts';

export const cacheRules: Readonly<Record<RuleIdIn<'cache'>, Rule>> = {
	'no-apt-lists': noAptLists,
	'no-apk-cache': noApkCache,
	'no-yum-cache': noYumCache,
	'no-dnf-cache': noDnfCache,
	'no-zypper-cache': noZypperCache,
	'no-pip-cache': noPipCache,
	'no-npm-cache': noNpmCache,
	'no-build-cache': noBuildCache,
	'clean-after-install': cleanAfterInstall,
	'update-with-install': updateWithInstall,
	'apk-virtual-removed': apkVirtualRemoved,
	'no-leftover-archives': noLeftoverArchives,
};
