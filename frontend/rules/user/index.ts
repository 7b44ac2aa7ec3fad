import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {copyOwned} from './copy-owned.ts';
import {createdUserUsed} from './created-user-used.ts';
import {knownUser} from './known-user.ts';
import {noEmptyPassword} from './no-empty-password.ts';
import {noGroupDropped} from './no-group-dropped.ts';
import {noInsecureRun} from './no-insecure-run.ts';
import {noNeedlessChown} from './no-needless-chown.ts';
import {noPasswordSet} from './no-password-set.ts';
import {noPrivilegedAdvice} from './no-privileged-advice.ts';
import {noRootUser} from './no-root-user.ts';
import {noSetuidFiles} from './no-setuid-files.ts';
import {noSparseLastlog} from './no-sparse-lastlog.ts';
import {noStatefulRoot} from './no-stateful-root.ts';
import {noSudo} from './no-sudo.ts';
import {noWorldWritable} from './no-world-writable.ts';
import {numericUser} from './numeric-user.ts';
import {uniqueAccountIds} from './unique-account-ids.ts';
import {userSet} from './user-set.ts';

export const userRules: Readonly<Record<RuleIdIn<'user'>, Rule>> = {
	'user-set': userSet,
	'no-root-user': noRootUser,
	'numeric-user': numericUser,
	'created-user-used': createdUserUsed,
	'known-user': knownUser,
	'no-group-dropped': noGroupDropped,
	'copy-owned': copyOwned,
	'no-needless-chown': noNeedlessChown,
	'no-sudo': noSudo,
	'no-password-set': noPasswordSet,
	'no-empty-password': noEmptyPassword,
	'unique-account-ids': uniqueAccountIds,
	'no-world-writable': noWorldWritable,
	'no-setuid-files': noSetuidFiles,
	'no-insecure-run': noInsecureRun,
	'no-stateful-root': noStatefulRoot,
	'no-privileged-advice': noPrivilegedAdvice,
	'no-sparse-lastlog': noSparseLastlog,
};
