import type { Alert } from '../../workflows/contracts/alert';
import { canonicalJson } from '../../workflows/pure/json';
import type { CatalogueEntry } from '../catalogue/catalogue';
import { ingest, type RoutedAlert } from '../alerts/ingest';
import type { Inbox, Episode, Limits } from '../alerts/inbox';
import type { InboxStore, Delivery } from './inbox-store';
import { routeAlert } from '../alerts/route-alert';
import type { RoutesConfig } from '../alerts/routes-config';
import type { Starter } from './starter';

/** A verified and parsed delivery. */
export interface Arrived {
  readonly delivery: Delivery;
  readonly alerts: readonly Alert[];
}

/** What became of one alert, for the sender's log and ours. */
export interface Fate {
  readonly alert: string;
  readonly state: Episode['state'] | 'unroutable';
  readonly because: string;
  readonly run: string | null;
}

interface Routed {
  readonly alert: Alert;
  readonly routing: ReturnType<typeof routeAlert>;
}

interface Waiting extends Arrived {
  readonly resolve: (fates: readonly Fate[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface IntakeParts {
  readonly config: RoutesConfig;
  readonly catalogue: readonly CatalogueEntry[];
  readonly targets: readonly string[];
  readonly limits: Limits;
  readonly store: InboxStore;
  readonly starter: Starter;
  readonly now: () => number;
}

/** More deliveries than this waiting at once are too many: the next is refused with 503 and comes again. */
const MAX_WAITING = 1_000;
/** The same for alerts, whatever deliveries they came in: it bounds the memory. */
const MAX_UNANSWERED = 50_000;
/** So many alerts are judged in one transaction at most. */
const BATCH_ALERTS = 5_000;

/** Takes deliveries in: those that arrive while a batch is being stored form the next one. Nobody is answered before the inbox and Temporal have it. */
export class Intake {
  private readonly waiting: Waiting[] = [];
  /** Alerts of deliveries that are not answered yet. */
  private unanswered = 0;
  private working = false;

  constructor(private readonly parts: IntakeParts) {}

  /** Why a further delivery cannot be taken now; null when it can. */
  get overload(): string | null {
    if (this.waiting.length >= MAX_WAITING) return `${this.waiting.length} deliveries are waiting`;
    return this.unanswered >= MAX_UNANSWERED ? `${this.unanswered} alerts are waiting` : null;
  }

  /** Resolves when everything that the delivery leads to is stored and accepted by Temporal; rejects when it is not: the sender must come again. */
  take(arrived: Arrived): Promise<readonly Fate[]> {
    this.unanswered += arrived.alerts.length;
    return new Promise<readonly Fate[]>((resolve, reject) => {
      this.waiting.push({ ...arrived, resolve, reject });
      if (!this.working) void this.work();
    }).finally(() => {
      this.unanswered -= arrived.alerts.length;
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length) {
      const batch = this.nextBatch();
      const rejectAll = (error: unknown): void => batch.forEach(({ reject }) => reject(error));
      // The next batch is judged while Temporal is asked for the runs of this one.
      await this.judge(batch).then((ask) => void ask().catch(rejectAll), rejectAll);
    }
    this.working = false;
  }

  private nextBatch(): Waiting[] {
    let alerts = 0;
    let count = 0;
    do alerts += this.waiting[count++]?.alerts.length ?? 0;
    while (count < this.waiting.length && alerts + (this.waiting[count]?.alerts.length ?? 0) <= BATCH_ALERTS);
    return this.waiting.splice(0, count);
  }

  /** Stores a batch and what it leads to; returns what is left to do before its senders are answered. */
  private async judge(batch: readonly Waiting[]): Promise<() => Promise<void>> {
    const { config, catalogue, targets, limits, store, starter, now } = this.parts;
    const routed: Routed[][] = batch.map(({ delivery, alerts }) =>
      alerts.map((alert) => ({ alert, routing: routeAlert(config, catalogue, targets, delivery.source, alert) })),
    );
    const seen: RoutedAlert[] = routed.flat().flatMap(({ routing }) => ('seen' in routing ? [routing.seen] : []));
    const scope = {
      keys: [...new Set(seen.map(({ key }) => key))],
      identities: [...new Set(seen.map(({ identity }) => identity))],
      targets: [...new Set(seen.map(({ target }) => target))],
    };
    const deliveries = batch.map(({ delivery }) => delivery);
    const inbox = await store.change(scope, deliveries, limits, now(), (open, answeredBefore) => {
      const signed = new Set<string>();
      batch.forEach(({ delivery }, i) => {
        const { source, key, once } = delivery;
        if (once && (answeredBefore(delivery) || signed.has(`${source}/${key}`))) return;
        signed.add(`${source}/${key}`);
        for (const seen of selectRouted(routed[i] ?? [])) ingest(open, seen, limits, now());
        pageForWrongInput(open, routed[i] ?? []);
      });
    });
    const runs = [...new Set(scope.keys.map((key) => inbox.episodes.get(key)?.workflowId).filter((id) => id != null))];
    return async () => this.answer(batch, routed, inbox, await starter.perform(runs));
  }

  private async answer(
    batch: readonly Waiting[],
    routed: readonly (readonly Routed[])[],
    inbox: Inbox,
    refused: ReadonlyMap<string, string>,
  ): Promise<void> {
    const taken: { delivery: Delivery; answer: () => void }[] = [];
    batch.forEach(({ delivery, resolve, reject }, i) => {
      const fates = (routed[i] ?? []).map(({ alert, routing }): Fate => fateOf(alert, routing, inbox.episodes));
      const late = fates.find(({ run }) => run !== null && refused.has(run));
      if (late) reject(new Error(`Temporal did not take ${late.run ?? ''}: ${refused.get(late.run ?? '') ?? ''}`));
      else taken.push({ delivery, answer: () => resolve(fates) });
    });
    // First written down, then said: what a sender was told is in the inbox.
    if (taken.length) await this.parts.store.answered(taken.map(({ delivery }) => delivery));
    for (const { answer } of taken) answer();
  }
}

/** One problem may be several alerts, such as two instances: it is over when none of them fires any more. The same alert told twice counts as it was told last. */
function selectRouted(routed: readonly Routed[]): RoutedAlert[] {
  const firing = new Map<string, Set<string>>();
  for (const { alert, routing } of routed)
    if ('seen' in routing && alert.status === 'firing')
      firing.set(routing.seen.key, (firing.get(routing.seen.key) ?? new Set()).add(canonicalJson(alert.labels)));
  return routed.flatMap(({ alert, routing }) => {
    if (!('seen' in routing)) return [];
    const others = new Set(firing.get(routing.seen.key));
    others.delete(canonicalJson(alert.labels));
    return alert.status === 'resolved' && others.size ? [] : [routing.seen];
  });
}

/** What a route would have started, had its input been right, is known to a person instead. */
function pageForWrongInput(inbox: Inbox, routed: readonly Routed[]): void {
  for (const { routing } of routed)
    if ('page' in routing && routing.page)
      inbox.page(`input/${routing.page.key}`, { target: routing.page.target, workflowId: null }, routing.page.says);
}

function fateOf({ labels }: Alert, routing: ReturnType<typeof routeAlert>, episodes: ReadonlyMap<string, Episode>): Fate {
  const alert = labels['alertname'] ?? 'alert';
  if (!('seen' in routing)) return { alert, state: 'unroutable', because: routing.because, run: null };
  const episode = episodes.get(routing.seen.key);
  return { alert, state: episode?.state ?? 'new', because: episode?.because ?? '', run: episode?.workflowId ?? null };
}
