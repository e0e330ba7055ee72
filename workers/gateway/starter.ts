import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type { AlertNews } from '../../workflows/contracts/alert';
import type { AlertRun } from '../alerts/inbox';
import type { InboxStore, StoredNews } from './inbox-store';

/** Temporal gets this long to answer: the sender must have its answer within 5 seconds. */
const ANSWERS_TIMEOUT_MS = 2_500;
/** So many calls to Temporal at once. */
const AT_ONCE = 8;

/** Asks Temporal for the runs that the inbox want, and tells runs their news. Doing it again changes nothing: the episode is the workflow id. */
export class Starter {
  private readonly starting = new Map<string, Promise<void>>();

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly store: InboxStore,
    private readonly now: () => number,
  ) {}

  /** Starts and tells what is still to be done for these runs (default: all); returns the runs that Temporal did not take, with the reason. */
  async perform(workflowIds?: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    if (workflowIds?.length === 0) return refused;
    const runs = await this.store.unaccepted(workflowIds);
    await inTurns(runs, async (run) => {
      try {
        await this.startOnce(run);
      } catch (error) {
        refused.set(run.workflowId, firstLine(error));
      }
    });
    const news = await this.store.untold(['joined', 'resolved', 'firing again'], workflowIds);
    // In their order for each run: "resolved" and "fires again" must not change places.
    const byRun = groupByRun(news);
    await inTurns([...byRun.values()], async (told) => {
      for (const one of told) {
        try {
          await this.store.told(one.id, await this.tell(one));
        } catch (error) {
          refused.set(one.workflowId ?? '', firstLine(error));
          return;
        }
      }
    });
    return refused;
  }

  /** A run that is being asked for is not asked for twice: whoever comes second waits for the same answer. */
  private startOnce(run: AlertRun): Promise<void> {
    const under = this.starting.get(run.workflowId);
    if (under) return under;
    const starting = this.start(run)
      .then(() => this.store.accepted(run.workflowId, this.now()))
      .finally(() => this.starting.delete(run.workflowId));
    this.starting.set(run.workflowId, starting);
    return starting;
  }

  private async start(run: AlertRun): Promise<void> {
    const { workflowId, runbook, target, input, episode } = run;
    try {
      await this.soon(() =>
        this.client.workflow.start(runbook, {
          workflowId,
          taskQueue: this.taskQueue,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          args: [
            { ...input, target, by: 'alert gateway', reason: input['reason'] ?? `alert episode ${episode.slice(0, 12)}`, episode, trigger: 'alert' },
          ],
        }),
      );
    } catch (error) {
      // It ran and has ended already: the sweep learns how.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  private async tell(news: StoredNews): Promise<string> {
    const body: AlertNews = { id: `news-${news.id}`, kind: news.kind as AlertNews['kind'], says: news.says, allResolved: news.allResolved };
    try {
      await this.soon(() => this.client.workflow.getHandle(news.workflowId ?? '').signal('alertNews', body));
      return 'told';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'the run had ended';
      throw error;
    }
  }

  /** How a run ended; null while it runs. A run that Temporal does not know any more is over. */
  async outcomeOf(workflowId: string): Promise<string | null> {
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      const { status } = await this.soon(() => handle.describe());
      if (status.name === 'RUNNING' || status.name === 'PAUSED') return null;
      if (status.name !== 'COMPLETED') return status.name.toLowerCase().replace('_', ' ');
      const result = (await this.soon(() => handle.result())) as { outcome?: string } | undefined;
      return result?.outcome ?? 'done';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'no longer known to Temporal';
      throw error;
    }
  }

  /** Whether Temporal answers. */
  ping = (): Promise<unknown> => this.soon(() => this.client.workflowService.getSystemInfo({}));

  /** The same as a plain answer. */
  answers = (): Promise<boolean> =>
    this.ping().then(
      () => true,
      () => false,
    );

  private soon = <T>(call: () => Promise<T>): Promise<T> => this.client.connection.withDeadline(Date.now() + ANSWERS_TIMEOUT_MS, call);
}

function groupByRun(news: readonly StoredNews[]): Map<string, StoredNews[]> {
  const groups = new Map<string, StoredNews[]>();
  for (const one of news) groups.set(one.workflowId ?? '', [...(groups.get(one.workflowId ?? '') ?? []), one]);
  return groups;
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
