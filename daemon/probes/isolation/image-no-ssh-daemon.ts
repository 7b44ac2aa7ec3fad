import {isAmong, listIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

const daemons = ['sshd', 'sshd-session', 'dropbear', 'tinysshd', 'in.telnetd', 'telnetd'];

/** The build gate looks for the files; here it is asked whether one of them runs. A process may call itself anything, its program may not. */
export const imageNoSshDaemon: Probe = async ({processes, paramsOf}) => {
	const seen = await processes();
	if (!seen.seen) {
		return [unseen(`The processes could not be seen: ${seen.reason}`)];
	}

	const allowed = listIn(paramsOf('image-no-ssh-daemon'), 'allow');
	const found = seen.items.flatMap(({name, program}) => {
		const known = [program, name].find(each => each !== undefined && daemons.includes(each));
		return known === undefined || isAmong(allowed, known) ? [] : [known];
	});
	const observed = {
		processes: seen.items.length,
		found: [...new Set(found)],
		programsSeen: seen.items.some(({program}) => program !== undefined),
	};
	return [
		found.length === 0
			? {result: 'pass', message: 'No process is a server for logins', observed}
			: {
					result: 'fail',
					message: `${found[0]} runs in the container: logins that nobody records. Remove it, and use docker exec, which is recorded`,
					observed,
				},
	];
};
