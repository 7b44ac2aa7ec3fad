import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {refusedByParser} from '../syntax/refusals.ts';
import {commandDefined} from './command-defined.ts';
import {epilogueOrder} from './epilogue-order.ts';
import {execForm} from './exec-form.ts';
import {healthCheckSet} from './health-check-set.ts';
import {initReaps} from './init-reaps.ts';
import {knownStopSignal} from './known-stop-signal.ts';
import {noDebugVariables} from './no-debug-variables.ts';
import {noDevServer} from './no-dev-server.ts';
import {noHealthCheckNone} from './no-health-check-none.ts';
import {sensibleHealthCheck} from './sensible-health-check.ts';
import {singleCmd} from './single-cmd.ts';
import {singleEntrypoint} from './single-entrypoint.ts';
import {singleHealthCheck} from './single-health-check.ts';
import {validJsonForm} from './valid-json-form.ts';

export const lifeRules: Readonly<Record<RuleIdIn<'life'>, Rule>> = {
	'health-check-set': healthCheckSet,
	'single-health-check': singleHealthCheck,
	'no-health-check-none': noHealthCheckNone,
	'sensible-health-check': sensibleHealthCheck,
	'exec-form': execForm,
	'single-cmd': singleCmd,
	'single-entrypoint': singleEntrypoint,
	'command-defined': commandDefined,
	'valid-json-form': validJsonForm,
	'valid-shell-form': refusedByParser,
	'known-stop-signal': knownStopSignal,
	'init-reaps': initReaps,
	'epilogue-order': epilogueOrder,
	'no-dev-server': noDevServer,
	'no-debug-variables': noDebugVariables,
};
