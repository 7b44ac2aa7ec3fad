import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {apkVersionsPinned} from './apk-versions-pinned.ts';
import {aptAssumeYes} from './apt-assume-yes.ts';
import {aptNoRecommends} from './apt-no-recommends.ts';
import {aptVersionsPinned} from './apt-versions-pinned.ts';
import {configureBuild} from './configure-build.ts';
import {dnfAssumeYes} from './dnf-assume-yes.ts';
import {gemVersionsPinned} from './gem-versions-pinned.ts';
import {goVersionsPinned} from './go-versions-pinned.ts';
import {lockfileInstall} from './lockfile-install.ts';
import {noAptCommand} from './no-apt-command.ts';
import {noDebugExtensions} from './no-debug-extensions.ts';
import {noPackageManager} from './no-package-manager.ts';
import {noUpgrade} from './no-upgrade.ts';
import {npmVersionsPinned} from './npm-versions-pinned.ts';
import {otherVersionsPinned} from './other-versions-pinned.ts';
import {pipVersionsPinned} from './pip-versions-pinned.ts';
import {productionInstall} from './production-install.ts';
import {rpmVersionsPinned} from './rpm-versions-pinned.ts';
import {sortedPackages} from './sorted-packages.ts';
import {telemetryOff} from './telemetry-off.ts';
import {updateBeforeInstall} from './update-before-install.ts';
import {zypperNonInteractive} from './zypper-non-interactive.ts';
import {zypperVersionsPinned} from './zypper-versions-pinned.ts';

export const packageRules: Readonly<Record<RuleIdIn<'package'>, Rule>> = {
	'apt-versions-pinned': aptVersionsPinned,
	'apk-versions-pinned': apkVersionsPinned,
	'rpm-versions-pinned': rpmVersionsPinned,
	'zypper-versions-pinned': zypperVersionsPinned,
	'pip-versions-pinned': pipVersionsPinned,
	'npm-versions-pinned': npmVersionsPinned,
	'gem-versions-pinned': gemVersionsPinned,
	'go-versions-pinned': goVersionsPinned,
	'other-versions-pinned': otherVersionsPinned,
	'lockfile-install': lockfileInstall,
	'no-apt-command': noAptCommand,
	'apt-assume-yes': aptAssumeYes,
	'dnf-assume-yes': dnfAssumeYes,
	'zypper-non-interactive': zypperNonInteractive,
	'apt-no-recommends': aptNoRecommends,
	'no-upgrade': noUpgrade,
	'update-before-install': updateBeforeInstall,
	'sorted-packages': sortedPackages,
	'production-install': productionInstall,
	'no-package-manager': noPackageManager,
	'no-debug-extensions': noDebugExtensions,
	'configure-build': configureBuild,
	'telemetry-off': telemetryOff,
};
