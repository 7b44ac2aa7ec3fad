import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {copyHeredoc} from './copy-heredoc.ts';
import {heredocChains} from './heredoc-chains.ts';
import {mergedRuns} from './merged-runs.ts';
import {noHardwareQuery} from './no-hardware-query.ts';
import {noHostCommands} from './no-host-commands.ts';
import {noSemicolonChains} from './no-semicolon-chains.ts';
import {noShRelink} from './no-sh-relink.ts';
import {pipefail} from './pipefail.ts';
import {shellExists} from './shell-exists.ts';
import {soundShell} from './sound-shell.ts';
import {twoSpaceChecksum} from './two-space-checksum.ts';
import {workdirNotCd} from './workdir-not-cd.ts';

export const shellRules: Readonly<Record<RuleIdIn<'shell'>, Rule>> = {
	pipefail,
	'workdir-not-cd': workdirNotCd,
	'no-host-commands': noHostCommands,
	'no-sh-relink': noShRelink,
	'sound-shell': soundShell,
	'shell-exists': shellExists,
	'no-semicolon-chains': noSemicolonChains,
	'merged-runs': mergedRuns,
	'heredoc-chains': heredocChains,
	'copy-heredoc': copyHeredoc,
	'two-space-checksum': twoSpaceChecksum,
	'no-hardware-query': noHardwareQuery,
};
