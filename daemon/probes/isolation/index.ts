import type {Registered} from '../probe.ts';
import {imageNoSshDaemon} from './image-no-ssh-daemon.ts';
import {runCapMinimal} from './run-cap-minimal.ts';
import {runCgroupConfirmed} from './run-cgroup-confirmed.ts';
import {runExecObserved} from './run-exec-observed.ts';
import {runLsmProfile} from './run-lsm-profile.ts';
import {runNoEngineSocket} from './run-no-engine-socket.ts';
import {runNoHostDevices} from './run-no-host-devices.ts';
import {runNoHostNamespaces} from './run-no-host-namespaces.ts';
import {runNoNewPrivileges} from './run-no-new-privileges.ts';
import {runNoPrivileged} from './run-no-privileged.ts';
import {runNoSensitiveMounts} from './run-no-sensitive-mounts.ts';
import {runNoSharedPropagation} from './run-no-shared-propagation.ts';
import {runPortsDeclared} from './run-ports-declared.ts';
import {runReadonlyRootfs} from './run-readonly-rootfs.ts';
import {runSeccompOn} from './run-seccomp-on.ts';
import {runUserDefinedNetwork} from './run-user-defined-network.ts';
import {runUserNonRoot} from './run-user-non-root.ts';

/** Container privilege and isolation (CIS Docker 5). */
export const isolationProbes = {
	'image-no-ssh-daemon': {probe: imageNoSshDaemon, pace: 'configuration'},
	'run-cap-minimal': {probe: runCapMinimal, pace: 'configuration'},
	'run-cgroup-confirmed': {probe: runCgroupConfirmed, pace: 'configuration'},
	'run-exec-observed': {probe: runExecObserved, pace: 'configuration'},
	'run-lsm-profile': {probe: runLsmProfile, pace: 'configuration'},
	'run-no-engine-socket': {probe: runNoEngineSocket, pace: 'configuration'},
	'run-no-host-devices': {probe: runNoHostDevices, pace: 'configuration'},
	'run-no-host-namespaces': {probe: runNoHostNamespaces, pace: 'configuration'},
	'run-no-new-privileges': {probe: runNoNewPrivileges, pace: 'configuration'},
	'run-no-privileged': {probe: runNoPrivileged, pace: 'configuration'},
	'run-no-sensitive-mounts': {probe: runNoSensitiveMounts, pace: 'configuration'},
	'run-no-shared-propagation': {probe: runNoSharedPropagation, pace: 'configuration'},
	'run-ports-declared': {probe: runPortsDeclared, pace: 'thorough'},
	'run-readonly-rootfs': {probe: runReadonlyRootfs, pace: 'configuration'},
	'run-seccomp-on': {probe: runSeccompOn, pace: 'configuration'},
	'run-user-defined-network': {probe: runUserDefinedNetwork, pace: 'configuration'},
	'run-user-non-root': {probe: runUserNonRoot, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
