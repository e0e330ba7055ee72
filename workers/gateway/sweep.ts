import { milliseconds } from '../../workflows/pure/span';
import type { Notification, NotificationAnswer } from '../../workflows/contracts/notification';
import { endRun, evaluateHeld } from '../alerts/ingest';
import type { Limits } from '../alerts/inbox';
import type { InboxStore, StoredNews } from './inbox-store';
import type { GatewayMetrics } from './metrics';
import type { RoutesConfig } from '../alerts/routes-config';
import type { Starter } from './starter';

/** Unanswered rows are taken up within 10 seconds. */
const EVERY_MS = 3_000;
const FORGET_EVERY_MS = 3_600_000;
/** A page that no channel took is tried again after twice as long each time, and at least so often. */
const AGAIN_TIMEOUT_MS = 60_000;

export interface SweepParts {
  readonly config: RoutesConfig;
  readonly limits: Limits;
  readonly store: InboxStore;
  readonly starter: Starter;
  readonly metrics: GatewayMetrics;
  readonly send: (notification: Notification) => Promise<NotificationAnswer>;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** Takes up what was left: starts without an answer, ends of runs, alerts that are held, pages, silent watchdogs. */
export class Sweep {
  private readonly loops: { timer: NodeJS.Timeout | null; round: Promise<void> }[] = [];
  private stopped = false;
  private forgotAt = 0;
  /** Pages that no channel took yet, by their number in the store. */
  private readonly untaken = new Map<string, { readonly wait: number; readonly until: number }>();

  private readonly since: number;

  constructor(private readonly parts: SweepParts) {
    this.since = parts.now();
  }

  /** People are told in a loop of their own: a channel that hangs must not keep a run from its start. */
  start(): void {
    this.loop(() => this.sweepInbox());
    this.loop(() => this.tellPeople());
  }

  /** Ends after the rounds that run now. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.loops) if (timer) clearTimeout(timer);
    await Promise.all(this.loops.map(({ round }) => round));
  }

  /** One round of everything. */
  async once(): Promise<void> {
    await this.sweepInbox();
    await this.tellPeople();
  }

  private loop(work: () => Promise<void>): void {
    const loop: (typeof this.loops)[number] = { timer: null, round: Promise.resolve() };
    const again = async (): Promise<void> => {
      const ended = await work().then(
        () => 'well',
        (error: unknown) => {
          this.parts.log(`The sweep failed and goes on: ${error instanceof Error ? error.message : String(error)}`);
          return 'badly';
        },
      );
      this.parts.metrics.sweeps.inc({ ended });
      if (!this.stopped) loop.timer = setTimeout(next, EVERY_MS);
    };
    const next = (): void => {
      loop.round = again();
    };
    this.loops.push(loop);
    next();
  }

  /** A part that fails does not keep the others from theirs. */
  private async sweepInbox(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of [this.takeUp, this.learnEnds, this.listenForWatchdogs, this.forget])
      await part().catch((error: unknown) => failures.push(error));
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
      // One run that Temporal cannot describe keeps no other from its end; a Temporal that is away would keep this round for minutes.
      const outcome = await starter.outcomeOf(workflowId).catch(() => undefined);
      if (outcome) ended.set(workflowId, outcome);
      if (outcome === undefined && !(await starter.answers())) break;
    }
    await store.change('open', [], limits, now(), (inbox) => {
      for (const [workflowId, outcome] of ended) endRun(inbox, workflowId, outcome, now());
      evaluateHeld(inbox, limits, now());
    });
    await starter.perform();
  };

  private listenForWatchdogs = async (): Promise<void> => {
    const { config, store, metrics, limits, now } = this.parts;
    for (const [source, { watchdog }] of Object.entries(config.sources)) {
      if (!watchdog) continue;
      const heardAt = await store.watchdog(source, now());
      metrics.silence.set({ source }, (now() - heardAt) / 1_000);
      // What was not heard while no gateway was there is no silence of the source.
      if (now() - Math.max(heardAt, this.since) <= milliseconds(watchdog.within)) continue;
      const since = new Date(heardAt).toISOString().slice(0, 16);
      await store.change({ keys: [], identities: [], targets: [] }, [], limits, now(), (inbox) =>
        inbox.page(
          `watchdog/${source}/${heardAt}`,
          { target: null, workflowId: null },
          `The alert source ${source} is silent since ${since}Z: its ${watchdog.alertname} does not arrive. Alerts may be lost; look at the databases by other means.`,
        ),
      );
    }
  };

  private tellPeople = async (): Promise<void> => {
    const { store } = this.parts;
    for (const news of await store.untold(['page']))
      if (this.parts.now() >= (this.untaken.get(news.id)?.until ?? 0)) await store.tellOnce(news.id, () => this.tellPerson(news));
  };

  private async tellPerson(news: StoredNews): Promise<void> {
    const { config, store, send, metrics, log, now } = this.parts;
    const answer = await send(pageOf(news, config.pageTo));
    metrics.pages.inc({ taken: String(answer.by !== null) });
    if (answer.by !== null) {
      this.untaken.delete(news.id);
      return store.told(news.id, answer.by);
    }
    const wait = Math.min((this.untaken.get(news.id)?.wait ?? EVERY_MS) * 2, AGAIN_TIMEOUT_MS);
    this.untaken.set(news.id, { wait, until: now() + wait });
    const failed = answer.failed.map(({ channel, because }) => `${channel}: ${because}`).join('; ');
    log(`Nobody could be told: ${news.says} (${failed}); it is tried again in ${wait / 1_000} s.`);
  }

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
    nextAction: 'look at the database and decide; "runbook runs" shows what is at work',
    deadline: null,
    over: false,
    body: { template: 'escalation', because: says, level: 1, since: new Date().toISOString() },
  };
}
