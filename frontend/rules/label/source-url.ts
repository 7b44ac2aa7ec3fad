/** A remote as git writes it: `git@host:path` is `ssh://git@host/path`. Nothing that could be more than a plain value. */
export function sourceUrl(remote: string): string | undefined {
	const url = remote.replace(/^(git@[\w.-]{1,100}):(?!\/)/, 'ssh://$1/');
	return /^(?:https?:\/\/|ssh:\/\/git@)[\w.:/~-]{1,200}$/.test(url) ? url : undefined;
}
