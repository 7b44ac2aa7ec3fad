/** Why our answer differs from a look at the settings alone. Each was looked into; one that explains nothing any more is told. */
export interface Explanation {
	readonly number: string;
	readonly oracle: 'pass' | 'fail';
	readonly ours: 'pass' | 'fail' | 'not-applicable' | 'not-evaluated';
	readonly because: string;
	/** Names of configurations; all of them where it says none. */
	readonly of?: readonly string[];
}

export const explanations: readonly Explanation[] = [
	{
		number: '5.2',
		oracle: 'fail',
		ours: 'not-applicable',
		because:
			'The kernel of this machine has no AppArmor, so there is no profile to miss; where there is one, the profile of the first process is judged.',
	},
	{
		number: '5.3',
		oracle: 'fail',
		ours: 'not-applicable',
		because:
			'The kernel of this machine has no SELinux; where there is one, the label of the first process is judged and not the option.',
	},
	{
		number: '5.3',
		oracle: 'pass',
		ours: 'not-applicable',
		because:
			'The engine itself writes label=disable into the options of such containers, which is the opposite of a label.',
	},
	{
		number: '5.4',
		oracle: 'pass',
		ours: 'fail',
		because:
			'A privileged container has every capability, although none was added by name; the bounding sets of its processes show it.',
		of: ['privileged', 'privileged, and nothing else careful'],
	},
	{
		number: '5.6',
		oracle: 'pass',
		ours: 'fail',
		because:
			'The settings alone find the sensitive folders themselves, mounted writable. Here what lies below or above one counts too, and reading /etc is enough to learn its secrets.',
		of: [
			'/etc to be read',
			'a folder below /usr',
			'/var/lib',
			'shared propagation',
			'propagation from the host',
		],
	},
	{
		number: '5.7',
		oracle: 'pass',
		ours: 'fail',
		because:
			"The process calls itself something else. Its program is asked from outside, by the kernel's link to it.",
		of: ['a server for logins'],
	},
	{
		number: '5.8',
		oracle: 'fail',
		ours: 'pass',
		because: '443 and 80 are what everybody expects of a server; the other ports below 1024 fail.',
		of: ['the web port'],
	},
	{
		number: '5.12',
		oracle: 'fail',
		ours: 'pass',
		because: 'A quota that is given by its parts limits as much as --cpus; the control group has it.',
		of: ['a quota by its parts'],
	},
	{
		number: '5.15',
		oracle: 'fail',
		ours: 'pass',
		because:
			"Up to ten times is bounded, and always is an operator's choice; a policy can ask for on-failure and five times.",
		of: ['started again always', 'started again ten times'],
	},
	{
		number: '5.18',
		oracle: 'pass',
		ours: 'fail',
		because: 'A privileged container has every device, and a rule for devices gives some without naming one.',
		of: ['privileged', 'privileged, and nothing else careful', 'a rule for devices'],
	},
	{
		number: '5.19',
		oracle: 'fail',
		ours: 'pass',
		because: 'Lowering a limit takes nothing from the host.',
		of: ['a limit lowered'],
	},
	{
		number: '5.22',
		oracle: 'pass',
		ours: 'fail',
		because:
			'A privileged container runs without a filter, although its settings do not say so; the kernel does.',
		of: ['privileged', 'privileged, and nothing else careful'],
	},
	{
		number: '5.26',
		oracle: 'pass',
		ours: 'fail',
		because: "The option is there, and says false; the kernel's flag is not set.",
		of: ['new privileges, in so many words'],
	},
	{
		number: '5.27',
		oracle: 'pass',
		ours: 'fail',
		because: 'A check that runs once in ten minutes notices a failure too late; it must run within a minute.',
		of: ['a health check once in ten minutes'],
	},
	{
		number: '5.30',
		oracle: 'pass',
		ours: 'not-applicable',
		because: "The host's network is judged by 5.10, and a container on it is on no bridge.",
		of: ["the host's network"],
	},
	{
		number: '5.32',
		oracle: 'pass',
		ours: 'fail',
		because: 'A folder above a socket gives it away, and the sockets of other engines are as good.',
		of: ['the whole host', 'the folder of the socket', "containerd's folder"],
	},
];
