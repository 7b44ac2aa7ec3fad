import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {apkVersionsPinned} from './apk-versions-pinned.ts';
import {aptVersionsPinned} from './apt-versions-pinned.ts';
import {gemVersionsPinned} from './gem-versions-pinned.ts';
import {goVersionsPinned} from './go-versions-pinned.ts';
import {npmVersionsPinned} from './npm-versions-pinned.ts';
import {otherVersionsPinned} from './other-versions-pinned.ts';
import {pipVersionsPinned} from './pip-versions-pinned.ts';
import {rpmVersionsPinned} from './rpm-versions-pinned.ts';
import {zypperVersionsPinned} from './zypper-versions-pinned.ts';

export const packageRules: Readonly<Partial<Record<RuleIdIn<'package'>, Rule>>> = {
	'apt-versions-pinned': aptVersionsPinned,
	'apk-versions-pinned': apkVersionsPinned,
	'rpm-versions-pinned': rpmVersionsPinned,
	'zypper-versions-pinned': zypperVersionsPinned,
	'pip-versions-pinned': pipVersionsPinned,
	'npm-versions-pinned': npmVersionsPinned,
	'gem-versions-pinned': gemVersionsPinned,
	'go-versions-pinned': goVersionsPinned,
	'other-versions-pinned': otherVersionsPinned,
};
