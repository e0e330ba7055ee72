import { defineSignal, setHandler } from '@temporalio/workflow';
import { AlertNews } from '../../contracts/alert';
import { refreshDashboard } from '../display/dashboard';
import { Exit } from './exit';
import type { RunState } from './state';

/** By which the gateway tells a run about its alerts. */
export const alertNews = defineSignal<[AlertNews]>('alertNews');

/** Registers the handler; what is malformed or was heard before is passed over. */
export function registerAlertNews(state: RunState): void {
  setHandler(
    alertNews,
    (raw) => {
      const news = AlertNews.safeParse(raw);
      if (!news.success || !state.alerts.hear(news.data)) return;
      state.journal.note(`Alert ${news.data.kind}`, news.data.says);
      state.touch();
      refreshDashboard(state);
    },
    { description: 'for the alert gateway only' },
  );
}

/** Whether nobody need decide any more: an alert asked for the run, it has resolved by itself, and nothing was changed. */
export const isWithdrawn = (state: RunState): boolean =>
  state.options.trigger === 'alert' && state.alerts.resolved !== null && !state.effects.hasChanged;

/** Ends a run that only waits for an approval when its alerts have resolved; a change is never cut short, its own verification ends the run. */
export function leaveIfWithdrawn(state: RunState, gate: string): void {
  if (!isWithdrawn(state)) return;
  throw new Exit('finished', null, `Resolved meanwhile (${state.alerts.resolved ?? ''}); "${gate}" is withdrawn and nothing was changed.`);
}
