import { milliseconds } from '../../workflows/contracts/span';
import type { Notification, NotificationAnswer } from '../../workflows/contracts/notification';
import { endRun, reconsider } from './books/absorb';
import type { Limits } from './books/books';
import type { BooksStore, StoredNews } from './books/store';
import type { GatewayMetrics } from './metrics';
import type { RoutesConfig } from './routes-config';
import type { Starter } from './starter';

/** Unanswered rows are taken up within 10 seconds. */
const EVERY_MS = 3_000;
const FORGET_EVERY_MS = 3_600_000;

export interface SweepParts {
  readonly config: RoutesConfig;
  readonly limits: Limits;
  readonly store: BooksStore;
  readonly starter: Starter;
  readonly metrics: GatewayMetrics;
  readonly send: (notification: Notification) => Promise<NotificationAnswer>;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** Takes up what was left: starts without an answer, ends of runs, alerts that are held, pages, silent watchdogs. */
export class Sweep {
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;
  private forgotAt = 0;

  constructor(private readonly parts: SweepParts) {}

  start(): void {
    const again = async (): Promise<void> => {
      const ended = await this.once().then(
        () => 'well',
        (error: unknown) => {
          this.parts.log(`The sweep failed and goes on: ${error instanceof Error ? error.message : String(error)}`);
          return 'badly';
        },
      );
      this.parts.metrics.sweeps.inc({ ended });
      if (!this.stopped) this.timer = setTimeout(next, EVERY_MS);
    };
    const next = (): void => {
      this.round = again();
    };
    next();
  }

  /** Ends after the round that runs now. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.round;
  }

  /** One round; a part that fails does not keep the others from theirs. */
  async once(): Promise<void> {
    const parts = [this.takeUp, this.learnEnds, this.listenForWatchdogs, this.tellPeople, this.forget];
    const failures: unknown[] = [];
    for (const part of parts) await part().catch((error: unknown) => failures.push(error));
    if (failures.length) throw failures[0];
  }

  private takeUp = async (): Promise<void> => {
    const refused = await this.parts.starter.perform();
    for (const [run, why] of refused) this.parts.log(`Temporal did not take ${run}: ${why}; it is tried again.`);
  };

  private learnEnds = async (): Promise<void> => {
    const { store, starter, limits, now } = this.parts;
    const ended = new Map<string, string>();
    for (const { workflowId } of await store.running()) {
      // One run that Temporal cannot describe keeps no other from its end.
      const outcome = await starter.outcomeOf(workflowId).catch(() => null);
      if (outcome !== null) ended.set(workflowId, outcome);
    }
    await store.change('open', [], limits, now(), (books) => {
      for (const [workflowId, outcome] of ended) endRun(books, workflowId, outcome, now());
      reconsider(books, limits, now());
    });
    await starter.perform();
  };

  private listenForWatchdogs = async (): Promise<void> => {
    const { config, store, metrics, limits, now } = this.parts;
    for (const [source, { watchdog }] of Object.entries(config.sources)) {
      if (!watchdog) continue;
      const heardAt = await store.watchdog(source, now());
      metrics.silence.set({ source }, (now() - heardAt) / 1_000);
      if (now() - heardAt <= milliseconds(watchdog.within)) continue;
      const since = new Date(heardAt).toISOString().slice(0, 16);
      await store.change({ keys: [], identities: [], targets: [] }, [], limits, now(), (books) =>
        books.page(
          `watchdog/${source}/${heardAt}`,
          { target: null, workflowId: null },
          `The alert source ${source} is silent since ${since}Z: its ${watchdog.alertname} does not arrive. Alerts may be lost; look at the databases by other means.`,
        ),
      );
    }
  };

  private tellPeople = async (): Promise<void> => {
    const { store, send, metrics } = this.parts;
    for (const news of await store.untold(['page'])) {
      const answer = await send(pageOf(news, this.parts.config.pageTo));
      metrics.pages.inc({ taken: String(answer.by !== null) });
      // Where no channel took it, it is tried again in the next round.
      if (answer.by !== null) await store.told(news.id, answer.by);
      else this.parts.log(`Nobody could be told: ${news.says} (${answer.failed.map(({ channel, because }) => `${channel}: ${because}`).join('; ')})`);
    }
  };

  private forget = async (): Promise<void> => {
    if (this.parts.now() - this.forgotAt < FORGET_EVERY_MS) return;
    this.forgotAt = this.parts.now();
    await this.parts.store.forgetOld(this.parts.now());
  };
}

function pageOf({ key, target, workflowId, says }: StoredNews, to: string): Notification {
  return {
    id: key,
    to,
    about: workflowId ?? key,
    loudness: 'critical',
    title: `${target ? `${target}: ` : ''}${says}`.slice(0, 300),
    target,
    runId: workflowId,
    state: says,
    nextAction: 'look at it yourself; the gateway starts nothing more for it by now',
    deadline: null,
    over: false,
    body: { template: 'escalation', because: says, level: 1, since: new Date().toISOString() },
  };
}
