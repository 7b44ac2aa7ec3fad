import type {Registered} from '../probe.ts';
import {runCapMinimal} from './run-cap-minimal.ts';
import {runNoEngineSocket} from './run-no-engine-socket.ts';
import {runNoNewPrivileges} from './run-no-new-privileges.ts';
import {runNoPrivileged} from './run-no-privileged.ts';
import {runPortsDeclared} from './run-ports-declared.ts';
import {runUserNonRoot} from './run-user-non-root.ts';

/** Container privilege and isolation (CIS Docker 5). */
export const isolationProbes = {
	'run-cap-minimal': {probe: runCapMinimal, pace: 'configuration'},
	'run-no-engine-socket': {probe: runNoEngineSocket, pace: 'configuration'},
	'run-no-new-privileges': {probe: runNoNewPrivileges, pace: 'configuration'},
	'run-no-privileged': {probe: runNoPrivileged, pace: 'configuration'},
	'run-ports-declared': {probe: runPortsDeclared, pace: 'thorough'},
	'run-user-non-root': {probe: runUserNonRoot, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
