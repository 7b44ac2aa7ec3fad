import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {goStatic} from './go-static.ts';
import {gpuLeast} from './gpu-least.ts';
import {javaRuntime} from './java-runtime.ts';
import {nanoServer} from './nano-server.ts';
import {nodeRuntime} from './node-runtime.ts';
import {phpRuntime} from './php-runtime.ts';
import {powershellStops} from './powershell-stops.ts';
import {pythonRuntime} from './python-runtime.ts';
import {rubyRuntime} from './ruby-runtime.ts';
import {windowsFlags} from './windows-flags.ts';

export const languageRules: Readonly<Record<RuleIdIn<'language'>, Rule>> = {
	'windows-flags': windowsFlags,
	'powershell-stops': powershellStops,
	'nano-server': nanoServer,
	'gpu-least': gpuLeast,
	'node-runtime': nodeRuntime,
	'python-runtime': pythonRuntime,
	'php-runtime': phpRuntime,
	'ruby-runtime': rubyRuntime,
	'java-runtime': javaRuntime,
	'go-static': goStatic,
};
