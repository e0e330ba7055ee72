import type { NotifyServices } from '../../workflows/contracts/notification';
import { accepted } from './accepted';
import { noChannel, type Notifier } from './notifier';

/** The activity that sends messages; without a notifier it answers that nobody was told. It never throws. */
export function notifyServices(notifier: Notifier | null): NotifyServices {
  return {
    async notify(order) {
      if (!notifier) return noChannel('no notify.yaml is configured (RUNBOOKS_NOTIFY)');
      const taken = accepted(order);
      return 'notification' in taken ? notifier.send(taken.notification) : noChannel(`the message is not as it must be: ${taken.problems}`);
    },
  };
}
