import { destinationOf, missingSecrets } from '../../../activities/notify/channel-text';
import type { NotifyConfig } from '../../../activities/notify/notify-config';
import { textTable } from '../../../activities/report/text-table';

/** notify.yaml as a person or a program looks at it; no secret is in it. */
export interface NotifyOverview {
  readonly recipients: readonly { readonly name: string; readonly channels: readonly string[] }[];
  readonly everyone: string | null;
  readonly channels: readonly { readonly name: string; readonly by: string; readonly to: string; readonly missing: readonly string[] }[];
}

/** What notify.yaml comes to. */
export const notifyOverview = ({ recipients, everyone, channels }: NotifyConfig): NotifyOverview => ({
  recipients: [...recipients].map(([name, names]) => ({ name, channels: names })),
  everyone,
  channels: [...channels].map(([name, config]) => ({ name, by: config.by, to: destinationOf(config), missing: missingSecrets(name, config) })),
});

/** The same as text. */
export function notifyText({ recipients, everyone, channels }: NotifyOverview): string {
  const missing = channels.flatMap((channel) => channel.missing);
  return [
    textTable([['recipient', 'channels, the next where one fails'], ...recipients.map(({ name, channels: names }) => [name, names.join(', ')])]),
    everyone === null ? 'Messages to anybody else reach nobody: name a recipient by "everyone".' : `Messages to anybody else go to ${everyone}.`,
    textTable([['channel', 'by', 'to'], ...channels.map(({ name, by, to }) => [name, by, to])]),
    ...(missing.length ? [`Not readable here (the worker needs them):\n${missing.map((one) => `  - ${one}`).join('\n')}`] : []),
  ].join('\n\n');
}
