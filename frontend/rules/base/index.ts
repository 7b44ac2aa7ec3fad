import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {addChecksum} from './add-checksum.ts';
import {allowedLicences} from './allowed-licences.ts';
import {approvedBase} from './approved-base.ts';
import {basePlatformMatches} from './base-platform-matches.ts';
import {freshBaseDigest} from './fresh-base-digest.ts';
import {noConstantPlatform} from './no-constant-platform.ts';
import {noKnownVulnerabilities} from './no-known-vulnerabilities.ts';
import {noLatestTag} from './no-latest-tag.ts';
import {noRedundantPlatform} from './no-redundant-platform.ts';
import {noVulnerableVersion} from './no-vulnerable-version.ts';
import {pinnedBase} from './pinned-base.ts';
import {pinnedCopySource} from './pinned-copy-source.ts';
import {pinnedFrontend} from './pinned-frontend.ts';
import {pinnedGitRef} from './pinned-git-ref.ts';
import {provenanceOn} from './provenance-on.ts';
import {reproducibleTimes} from './reproducible-times.ts';
import {sbomOn} from './sbom-on.ts';
import {signedBase} from './signed-base.ts';
import {slimFinalBase} from './slim-final-base.ts';
import {supportedBase} from './supported-base.ts';
import {taggedBase} from './tagged-base.ts';
import {vexAttached} from './vex-attached.ts';

export const baseRules: Readonly<Record<RuleIdIn<'base'>, Rule>> = {
	'tagged-base': taggedBase,
	'no-latest-tag': noLatestTag,
	'pinned-base': pinnedBase,
	'fresh-base-digest': freshBaseDigest,
	'approved-base': approvedBase,
	'signed-base': signedBase,
	'supported-base': supportedBase,
	'slim-final-base': slimFinalBase,
	'pinned-copy-source': pinnedCopySource,
	'pinned-frontend': pinnedFrontend,
	'add-checksum': addChecksum,
	'pinned-git-ref': pinnedGitRef,
	'no-constant-platform': noConstantPlatform,
	'no-redundant-platform': noRedundantPlatform,
	'base-platform-matches': basePlatformMatches,
	'no-known-vulnerabilities': noKnownVulnerabilities,
	'no-vulnerable-version': noVulnerableVersion,
	'provenance-on': provenanceOn,
	'sbom-on': sbomOn,
	'vex-attached': vexAttached,
	'allowed-licences': allowedLicences,
	'reproducible-times': reproducibleTimes,
};
