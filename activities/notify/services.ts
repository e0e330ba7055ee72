import { Context, heartbeat } from '@temporalio/activity';
import type { NotifyServices } from '../../workflows/contracts/notification';
import { acceptNotification } from './accepted';
import { noChannel, type Notifier } from './notifier';

/** The activity that sends messages; without a notifier it answers that nobody was told. It never throws. */
export function notifyServices(notifier: Notifier | null): NotifyServices {
  return {
    async notify(order) {
      if (!notifier) return noChannel('no notify.yaml is configured (RUNBOOKS_NOTIFY)');
      const taken = acceptNotification(order);
      return 'notification' in taken
        ? whileBeating(() => notifier.send(taken.notification))
        : noChannel(`the message is not as it must be: ${taken.problems}`);
    },
  };
}

/** A killed worker's message is taken up again within seconds: a page that waits for a time-out of minutes comes too late. */
async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const context = activityContext();
  if (!context || context.info.isLocal) return work();
  const beats = setInterval(() => heartbeat(), 1_000);
  try {
    heartbeat();
    return await work();
  } finally {
    clearInterval(beats);
  }
}

/** Null outside an activity: the command line sends messages too. */
function activityContext(): Context | null {
  try {
    return Context.current();
  } catch {
    return null;
  }
}
