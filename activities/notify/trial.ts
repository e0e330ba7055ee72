import { randomUUID } from 'node:crypto';
import type { Notification } from '../../workflows/contracts/notification';
import { channelOf } from './channel-of';
import type { NotifyConfig } from './notify-config';
import { renderTemplate } from './templates';
import { tryChannel, type Tried } from './try-channel';

/** Sends one message by hand through a channel, and closes the matter again where a pager would stay open. Never throws. */
export async function trySending({ channels, ui }: NotifyConfig, name: string, by: string): Promise<Tried> {
  const config = channels.get(name);
  if (!config) return { taken: false, because: `notify.yaml has no channel "${name}".` };
  const channel = channelOf(name, config);
  const test = testNotification(by, name);
  const message = renderTemplate(test, { ui, insteadOf: null });
  const tried = await tryChannel(channel, message, test, null);
  if (config.by !== 'pagerduty' || !tried.taken) return tried;
  return tryChannel(channel, message, { ...test, over: true }, tried.reference);
}

function testNotification(by: string, channel: string): Notification {
  const id = `test-${randomUUID()}`;
  return {
    id,
    to: channel,
    about: id,
    loudness: 'info',
    title: '[TEST] A message by hand from pg-runbooks',
    target: null,
    runId: null,
    state: 'a test of notify.yaml',
    nextAction: null,
    deadline: null,
    over: false,
    body: {
      template: 'incident',
      impact: 'none: this is a test',
      status: `sent by ${by} with "runbook notify test"`,
      mitigateBy: null,
      affected: `nobody; it shows that channel ${channel} works`,
    },
  };
}
