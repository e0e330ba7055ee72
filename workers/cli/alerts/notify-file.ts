import { readNotifyConfig, type NotifyConfig } from '../../../activities/notify/notify-config';
import { didYouMean } from '../../../workflows/pure/did-you-mean';
import { cliConfig } from '../terminal/config';
import { usage } from '../terminal/exit-codes';

/** What notify.yaml says; throws InvalidInput with every problem. */
export const notifyFile = (path: string | undefined): NotifyConfig => readNotifyConfig(path ?? cliConfig().notifyFile);

/** The channels that a name stands for: a channel, those of a recipient, or all. Throws CliFailure for an unknown name. */
export function selectChannels({ channels, recipients }: NotifyConfig, name: string | undefined): readonly string[] {
  if (name === undefined) return [...channels.keys()];
  if (channels.has(name)) return [name];
  const named = recipients.get(name);
  if (named) return named;
  const known = [...channels.keys(), ...recipients.keys()];
  throw usage(`notify.yaml has no channel and no recipient "${name}".${didYouMean(name, known)} Known: ${known.join(', ') || 'none'}.`);
}
