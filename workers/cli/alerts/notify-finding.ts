import { existsSync } from 'node:fs';
import { missingSecrets } from '../../../activities/notify/channel-text';
import { readNotifyConfig } from '../../../activities/notify/notify-config';
import { cliConfig } from '../terminal/config';
import type { Finding } from '../targets/finding';
import { explainError } from '../terminal/explain-error';

/** What doctor says of notify.yaml. */
export function notifyFinding({ notifyFile } = cliConfig()): Finding {
  const what = 'Notifications';
  if (!existsSync(notifyFile))
    return { what, state: 'hint', says: `no ${notifyFile} (RUNBOOKS_NOTIFY): messages about runs reach nobody. Copy notify.example.yaml` };
  try {
    const { recipients, channels, everyone } = readNotifyConfig(notifyFile);
    const missing = [...channels].flatMap(([name, config]) => missingSecrets(name, config));
    const says = `${notifyFile} has ${recipients.size} recipients and ${channels.size} channels`;
    if (missing.length) return { what, state: 'hint', says: `${says}; ${missing.join(' ')}` };
    if (everyone === null) return { what, state: 'hint', says: `${says}, and no "everyone": messages to anybody else reach nobody` };
    return { what, state: 'good', says: `${says}. "runbook notify test" sends by each` };
  } catch (error) {
    return { what, state: 'bad', says: explainError(error).message };
  }
}
