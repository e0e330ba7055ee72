import { Notification, type NotifyServices } from '../../workflows/contracts/notification';
import { noChannel, type Notifier } from './notifier';

/** The activity that sends messages; without a notifier it answers that nobody was told. It never throws. */
export function notifyServices(notifier: Notifier | null): NotifyServices {
  return {
    async notify(order) {
      if (!notifier) return noChannel('no notify.yaml is configured (RUNBOOKS_NOTIFY)');
      const parsed = Notification.safeParse(order);
      if (parsed.success) return notifier.send(parsed.data);
      return noChannel(
        `the message is not as it must be: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
      );
    },
  };
}
