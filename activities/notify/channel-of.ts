import type { Channel } from './channel';
import { emailChannel } from './channels/email';
import { pagerDutyChannel } from './channels/pagerduty';
import { slackChannel } from './channels/slack';
import { webhookChannel } from './channels/webhook';
import type { ChannelConfig } from './notify-config';

/** The channel that a configuration describes; nothing is connected before it sends. */
export function channelOf(name: string, config: ChannelConfig): Channel {
  switch (config.by) {
    case 'slack':
      return slackChannel(name, config);
    case 'pagerduty':
      return pagerDutyChannel(name, config);
    case 'email':
      return emailChannel(name, config);
    case 'webhook':
      return webhookChannel(name, config);
  }
}
