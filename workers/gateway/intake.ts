import type { Alert } from '../../workflows/contracts/alert';
import type { CatalogueEntry } from '../cli/catalogue';
import { absorb, type Sighting } from './books/absorb';
import type { Episode, Limits } from './books/books';
import type { BooksStore, Delivery } from './books/store';
import { routeAlert } from './route';
import type { RoutesConfig } from './routes-config';
import type { Starter } from './starter';

/** A verified and parsed delivery. */
export interface Arrived {
  readonly delivery: Delivery;
  readonly alerts: readonly Alert[];
}

/** What became of one alert, for the sender's log and ours. */
export interface Fate {
  readonly alert: string;
  readonly standing: Episode['standing'] | 'unroutable';
  readonly because: string;
  readonly run: string | null;
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
  readonly store: BooksStore;
  readonly starter: Starter;
  readonly now: () => number;
}

/** More deliveries than this waiting at once are too many: the next is refused with 503 and comes again. */
const MOST_WAITING = 1_000;
/** So many alerts are judged in one transaction at most. */
const BATCH_ALERTS = 5_000;

/** Takes deliveries in: those that arrive while a batch is being stored form the next one. Nobody is answered before the inbox and Temporal have it. */
export class Intake {
  private readonly waiting: Waiting[] = [];
  private working = false;

  constructor(private readonly parts: IntakeParts) {}

  /** Why a further delivery cannot be taken now; null when it can. */
  get overload(): string | null {
    return this.waiting.length >= MOST_WAITING ? `${this.waiting.length} deliveries are waiting` : null;
  }

  /** Resolves when everything that the delivery leads to is stored and accepted by Temporal; rejects when it is not: the sender must come again. */
  take(arrived: Arrived): Promise<readonly Fate[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ...arrived, resolve, reject });
      if (!this.working) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.waiting.length) {
      const batch = this.nextBatch();
      await this.judge(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
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

  private async judge(batch: readonly Waiting[]): Promise<void> {
    const { config, catalogue, targets, limits, store, starter, now } = this.parts;
    const routed = batch.map(({ delivery, alerts }) =>
      alerts.map((alert) => ({ alert, routing: routeAlert(config, catalogue, targets, delivery.source, alert) })),
    );
    const seen: Sighting[] = routed.flat().flatMap(({ routing }) => ('seen' in routing ? [routing.seen] : []));
    const scope = {
      keys: [...new Set(seen.map(({ key }) => key))],
      identities: [...new Set(seen.map(({ identity }) => identity))],
      targets: [...new Set(seen.map(({ target }) => target))],
    };
    const deliveries = batch.map(({ delivery }) => delivery);
    const books = await store.change(scope, deliveries, limits, now(), (open, answeredBefore) => {
      const signed = new Set<string>();
      batch.forEach(({ delivery }, i) => {
        const { source, key, once } = delivery;
        if (once && (answeredBefore(delivery) || signed.has(`${source}/${key}`))) return;
        signed.add(`${source}/${key}`);
        for (const { routing } of routed[i] ?? []) if ('seen' in routing) absorb(open, routing.seen, limits, now());
      });
    });
    const runs = [...new Set(scope.keys.map((key) => books.episodes.get(key)?.workflowId).filter((id) => id != null))];
    const refused = await starter.perform(runs);
    const taken: { delivery: Delivery; answer: () => void }[] = [];
    batch.forEach(({ delivery, resolve, reject }, i) => {
      const fates = (routed[i] ?? []).map(({ alert, routing }): Fate => fateOf(alert, routing, books.episodes));
      const late = fates.find(({ run }) => run !== null && refused.has(run));
      if (late) reject(new Error(`Temporal did not take ${late.run ?? ''}: ${refused.get(late.run ?? '') ?? ''}`));
      else taken.push({ delivery, answer: () => resolve(fates) });
    });
    // First written down, then said: what a sender was told is in the inbox.
    if (taken.length) await store.answered(taken.map(({ delivery }) => delivery));
    for (const { answer } of taken) answer();
  }
}

function fateOf({ labels }: Alert, routing: ReturnType<typeof routeAlert>, episodes: ReadonlyMap<string, Episode>): Fate {
  const alert = labels['alertname'] ?? 'alert';
  if (!('seen' in routing)) return { alert, standing: 'unroutable', because: routing.because, run: null };
  const episode = episodes.get(routing.seen.key);
  return { alert, standing: episode?.standing ?? 'new', because: episode?.because ?? '', run: episode?.workflowId ?? null };
}
