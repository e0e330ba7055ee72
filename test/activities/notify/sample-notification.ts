import { notifyConfigOf } from '../../../activities/notify/notify-config';
import { Notifier } from '../../../activities/notify/notifier';
import type { LastingMemory } from '../../../activities/notify/memory';
import { Notification } from '../../../workflows/contracts/notification';

let count = 0;

/** An incident for the DBA team, with an id of its own. */
export function incident(changes: Partial<Notification> = {}): Notification {
  count += 1;
  return Notification.parse({
    id: `upgrade/orders-eu/a:incident-${count}`,
    to: 'DBA team',
    about: `upgrade/orders-eu/${count}`,
    loudness: 'critical',
    title: '[P1] Database down on orders-eu',
    target: 'orders-eu',
    runId: 'failover/orders-eu/x1y2',
    state: 'step 3 of 7: fence the old primary',
    nextAction: 'decide at the gate "Promote orders-eu-2"',
    deadline: '2026-11-21T03:15:00.000Z',
    over: false,
    body: {
      template: 'incident',
      impact: 'No writes are taken',
      status: 'Investigating',
      mitigateBy: '2026-11-21T03:30:00.000Z',
      affected: 'All users of orders',
    },
    ...changes,
  });
}

/** An approval request that belongs to an earlier message. */
export const approval = (about: string, changes: Partial<Notification> = {}): Notification =>
  incident({
    about,
    loudness: 'warning',
    title: 'Switch over orders-eu',
    body: {
      template: 'approval request',
      gate: 'Promote orders-eu-2',
      number: 1,
      of: 2,
      plan: '109c13a2ffffffffffff',
      planMadeAt: '2026-11-21T03:00:00.000Z',
      needed: 2,
      statements: ['select pg_promote(true, 60)'],
    },
    ...changes,
  });

/** The end of a matter. */
export const resolution = (about: string, changes: Partial<Notification> = {}): Notification =>
  incident({
    about,
    title: '[P1] orders-eu restored',
    over: true,
    nextAction: null,
    deadline: null,
    body: { template: 'resolution', issue: 'The disk was full', resolution: 'Promoted orders-eu-2', minutes: 45, review: 'Tomorrow at ten' },
    ...changes,
  });

/** Text that means something to Slack, to HTML, to a shell, to a mail's header or to a terminal. */
export const HOSTILE =
  '<!channel> @here <@U123> <https://evil.example|click> <script>alert(1)</script> & "q" \'s\' `id` $(id) ```\r\nBcc: victim@evil.example\r\n\r\nbody \u202E\u0007 *b* _i_';

/** A notifier for channels that all go to the DBA team in their order; its links lead to a UI. */
export const notifierFor = (channels: Record<string, unknown>, lasting: LastingMemory | null = null, limitMs?: number): Notifier =>
  new Notifier(
    notifyConfigOf({ ui: 'https://temporal.example', channels, recipients: { 'DBA team': Object.keys(channels) }, everyone: 'DBA team' }),
    lasting,
    limitMs,
  );
