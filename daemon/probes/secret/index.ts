import type {Registered} from '../probe.ts';
import {envConfigDeclared} from './env-config-declared.ts';
import {envDebugOff} from './env-debug-off.ts';
import {secretMountPermissions} from './secret-mount-permissions.ts';
import {secretRuntimeEnvClean} from './secret-runtime-env-clean.ts';

/** Secrets and environment variables. */
export const secretProbes = {
	'env-config-declared': {probe: envConfigDeclared, pace: 'configuration'},
	'env-debug-off': {probe: envDebugOff, pace: 'configuration'},
	'secret-mount-permissions': {probe: secretMountPermissions, pace: 'configuration'},
	'secret-runtime-env-clean': {probe: secretRuntimeEnvClean, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
