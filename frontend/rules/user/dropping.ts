import type {Subject} from '../rule.ts';

/** Programs that start another one as somebody else. */
const STARTERS: ReadonlySet<string> = new Set([
	...[
		'gosu',
		'su-exec',
		'setpriv',
		'runuser',
		'su',
		'chpst',
		's6-setuidgid',
		'start-stop-daemon',
		'setuidgid',
	],
	...[
		'supervisord',
		'runsvdir',
		's6-svscan',
		'dumb-init-user',
		'fixuid',
		'init',
		'systemd',
		'monit',
		'circusd',
	],
]);

/** Servers that start as root and go on as somebody else, because their makers wanted it so; and those that need root. */
const DAEMONS: ReadonlySet<string> = new Set([
	...[
		'nginx',
		'openresty',
		'httpd',
		'apache2',
		'apachectl',
		'apache2ctl',
		'httpd-foreground',
		'apache2-foreground',
	],
	...[
		'mysqld',
		'mysqld_safe',
		'mariadbd',
		'postgres',
		'named',
		'sshd',
		'cron',
		'crond',
		'haproxy',
		'dnsmasq',
	],
	...['postfix', 'master', 'dovecot', 'vsftpd', 'openvpn', 'unbound', 'squid', 'tor', 'php-fpm', 'dockerd'],
	...['containerd', 'ntpd', 'chronyd', 'slapd', 'rsyslogd', 'syslog-ng', 'memcached', 'varnishd', 'proftpd'],
]);

/**
 * Whether the image seems to start as root on purpose and go on as somebody else: it has a program for that, its command is a
 * server that does it by itself, or its entry is a script that nobody here can read.
 */
export function dropsPrivileges({scripts, roleOf}: Subject): boolean {
	return scripts.some(
		({stage, instruction, commands, text}) =>
			roleOf(stage) === 'final' &&
			(instruction.keyword === 'RUN'
				? /(?:^|[\s/=])(?:gosu|su-exec)(?:[\s=~]|$)/m.test(text)
				: commands.some(({name}) => STARTERS.has(name) || DAEMONS.has(name) || isEntryScript(name))),
	);
}

function isEntryScript(name: string): boolean {
	return name.endsWith('.sh') || /entry-?point|^init|^start/.test(name);
}
