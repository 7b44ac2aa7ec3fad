import type {Channel} from '../channel.ts';
import {type AlertmanagerSettings, alertmanager} from './alertmanager.ts';
import {type SlackSettings, slack} from './slack.ts';
import {type SyslogSettings, syslog} from './syslog.ts';
import {type WebhookSettings, webhook} from './webhook.ts';

/** What each kind of channel is told. */
export interface ChannelKinds {
	readonly webhook: WebhookSettings;
	readonly slack: SlackSettings;
	readonly alertmanager: AlertmanagerSettings;
	readonly syslog: SyslogSettings;
}

export type ChannelType = keyof ChannelKinds;

/** A kind of channel is a file and a line here. It refuses at once what it could never use, such as a secret that is none. */
export const channelKinds: {
	readonly [Type in ChannelType]: (settings: ChannelKinds[Type], instance: string) => Channel;
} = {webhook, slack, alertmanager, syslog};
