import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {apkSignatures} from './apk-signatures.ts';
import {aptSignatures} from './apt-signatures.ts';
import {gpgBatch} from './gpg-batch.ts';
import {noAptForceYes} from './no-apt-force-yes.ts';
import {noDeniedPackages} from './no-denied-packages.ts';
import {noSshServer} from './no-ssh-server.ts';
import {noUndeclaredShell} from './no-undeclared-shell.ts';
import {rpmRepositorySignatures} from './rpm-repository-signatures.ts';
import {rpmSignatures} from './rpm-signatures.ts';
import {signedAptSources} from './signed-apt-sources.ts';

export const trustRules: Readonly<Record<RuleIdIn<'trust'>, Rule>> = {
	'apk-signatures': apkSignatures,
	'apt-signatures': aptSignatures,
	'no-apt-force-yes': noAptForceYes,
	'rpm-repository-signatures': rpmRepositorySignatures,
	'rpm-signatures': rpmSignatures,
	'signed-apt-sources': signedAptSources,
	'no-denied-packages': noDeniedPackages,
	'no-ssh-server': noSshServer,
	'no-undeclared-shell': noUndeclaredShell,
	'gpg-batch': gpgBatch,
};
