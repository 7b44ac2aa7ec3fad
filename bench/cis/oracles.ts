/** One number of section 5, as a question to the engine alone. Written from what the number asks for, not from our probes. */
export interface Oracle {
	/** Words for the docker client. */
	readonly ask: (id: string) => readonly string[];
	readonly isBad: (answer: string) => boolean;
}

const DEFAULT_CAPABILITIES =
	/^(?:CAP_)?(?:CHOWN|DAC_OVERRIDE|FOWNER|FSETID|KILL|SETGID|SETUID|SETPCAP|NET_BIND_SERVICE|NET_RAW|SYS_CHROOT|MKNOD|AUDIT_WRITE|SETFCAP)$/;
const SENSITIVE = ['/', '/boot', '/dev', '/etc', '/lib', '/proc', '/sys', '/usr'];

/** What is not here is answered by hand: 5.9 and 5.28 ask for judgement, 5.23 and 5.24 for the audit log of the host. */
export const oracles: Readonly<Record<string, Oracle>> = {
	'5.1': {
		ask: () => ['info', '--format', '{{.Swarm.LocalNodeState}}'],
		isBad: answer => answer !== 'inactive',
	},
	'5.2': inspected('{{.AppArmorProfile}}', answer => answer === '' || answer === 'unconfined'),
	'5.3': inspected('{{.HostConfig.SecurityOpt}}', answer => !answer.includes('label')),
	'5.4': inspected('{{range .HostConfig.CapAdd}}{{.}} {{end}}', answer =>
		words(answer).some(word => !DEFAULT_CAPABILITIES.test(word)),
	),
	'5.5': inspected('{{.HostConfig.Privileged}}', answer => answer === 'true'),
	'5.6': inspected('{{range .Mounts}}{{.Source}}={{.RW}} {{end}}', answer =>
		words(answer).some(word => SENSITIVE.some(path => word === `${path}=true`)),
	),
	'5.7': {ask: id => ['top', id, '-eo', 'pid,comm'], isBad: answer => /\bsshd\b/.test(answer)},
	'5.8': inspected(ports('HostPort'), answer => words(answer).some(port => Number(port) < 1024)),
	'5.10': inspected('{{.HostConfig.NetworkMode}}', answer => answer === 'host'),
	'5.11': inspected('{{.HostConfig.Memory}}', answer => answer === '0'),
	'5.12': inspected('{{.HostConfig.CpuShares}} {{.HostConfig.NanoCpus}}', answer => answer === '0 0'),
	'5.13': inspected('{{.HostConfig.ReadonlyRootfs}}', answer => answer !== 'true'),
	'5.14': inspected(ports('HostIp'), answer => words(answer).some(ip => ip === '0.0.0.0' || ip === '::')),
	'5.15': inspected(
		'{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}',
		answer => !/^on-failure [1-5]$/.test(answer),
	),
	'5.16': inspected('{{.HostConfig.PidMode}}', answer => answer === 'host'),
	'5.17': inspected('{{.HostConfig.IpcMode}}', answer => answer === 'host'),
	'5.18': inspected('{{len .HostConfig.Devices}}', answer => answer !== '0'),
	'5.19': inspected('{{len .HostConfig.Ulimits}}', answer => answer !== '0'),
	'5.20': inspected('{{range .Mounts}}{{.Propagation}} {{end}}', answer =>
		words(answer).some(word => /^r?shared$/.test(word)),
	),
	'5.21': inspected('{{.HostConfig.UTSMode}}', answer => answer === 'host'),
	'5.22': inspected('{{.HostConfig.SecurityOpt}}', answer => /seccomp[=:]unconfined/.test(answer)),
	'5.25': inspected('{{.HostConfig.CgroupParent}}', answer => answer !== ''),
	'5.26': inspected('{{.HostConfig.SecurityOpt}}', answer => !/no-new-privileges/.test(answer)),
	'5.27': inspected('{{if .State.Health}}{{.State.Health.Status}}{{end}}', answer => answer === ''),
	'5.29': inspected('{{.HostConfig.PidsLimit}}', answer => !/^[1-9]\d*$/.test(answer)),
	'5.30': inspected('{{range $name, $of := .NetworkSettings.Networks}}{{$name}} {{end}}', answer =>
		words(answer).includes('bridge'),
	),
	'5.31': inspected('{{.HostConfig.UsernsMode}}', answer => answer === 'host'),
	'5.32': inspected('{{range .Mounts}}{{.Source}} {{end}}', answer =>
		words(answer).some(word => word.endsWith('docker.sock')),
	),
};

function inspected(format: string, isBad: Oracle['isBad']): Oracle {
	return {ask: id => ['inspect', '--format', format, id], isBad};
}

function ports(field: string): string {
	return `{{range $port, $at := .NetworkSettings.Ports}}{{range $at}}{{.${field}}} {{end}}{{end}}`;
}

function words(answer: string): readonly string[] {
	return answer.split(/\s+/).filter(word => word !== '');
}
