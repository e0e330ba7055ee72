import { defineSignal, setHandler } from '@temporalio/workflow';
import { AlertNews } from '../../contracts/alert';
import { refreshDashboard } from '../display/dashboard';
import { Exit } from './exit';
import type { RunState } from './state';

/** By which the gateway tells a run about its alerts. */
export const alertNews = defineSignal<[AlertNews]>('alertNews');

/** Registers the handler; what is malformed or was heard before is passed over. */
export function registerAlertNews(state: RunState): void {
  const heard = new Set<string>();
  setHandler(
    alertNews,
    (raw) => {
      const news = AlertNews.safeParse(raw);
      if (!news.success || heard.has(news.data.id)) return;
      heard.add(news.data.id);
      const { kind, says, allResolved } = news.data;
      state.journal.note(`Alert ${kind}`, says);
      state.alertsResolved = allResolved ? says : null;
      state.changes++;
      refreshDashboard(state);
    },
    { description: 'for the alert gateway only' },
  );
}

/** Whether nobody need decide any more: an alert asked for the run, it has resolved by itself, and nothing was changed. */
export const isWithdrawn = (state: RunState): boolean =>
  state.options.trigger === 'alert' && state.alertsResolved !== null && !state.changedSomething;

/** Ends a run that only waits for an approval when its alerts have resolved; a change is never cut short, its own verification ends the run. */
export function leaveIfWithdrawn(state: RunState, gate: string): void {
  if (!isWithdrawn(state)) return;
  throw new Exit('finished', null, `Resolved meanwhile (${state.alertsResolved ?? ''}); "${gate}" is withdrawn and nothing was changed.`);
}
