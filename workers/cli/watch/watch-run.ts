import { setTimeout as sleep } from 'node:timers/promises';
import type { IncidentRecord } from '../../../workflows/contracts/incident';
import type { RunReport, RunResult, StepRecord } from '../../../workflows/contracts/journal';
import { inWords } from '../../../workflows/pure/span';
import type { RunStatus } from '../../../workflows/engine/display/status';
import { readCatalogue } from '../../catalogue/catalogue';
import { EXIT, CliFailure, exitCodeOfOutcome, type ExitCode } from '../terminal/exit-codes';
import { explainError, isSilence } from '../terminal/explain-error';
import { queryRun, type Temporal } from '../terminal/temporal';
import { incidentCalls, incidentLine } from './watch-incident';
import { JournalLines, calls, runningLine, waitsForHuman } from './watch-lines';
import { WatchScreen } from './watch-screen';

/** How often the run is asked, in milliseconds. */
const EVERY_MS = 500;

export interface WatchOptions {
  /** Ends the watch after so many milliseconds; never without it. The run itself goes on. */
  readonly waitMs?: number | undefined;
  /** Shows nothing and only waits for the end. */
  readonly silent?: boolean;
}

export interface WatchEnd {
  readonly exitCode: ExitCode;
  readonly outcome: string;
  readonly message: string;
  readonly result: RunResult | null;
}

/** Watches a run until its end; survives restarts of workers and of Temporal. Throws CliFailure (5) when `waitMs` is over. */
export async function watchRun(temporal: Temporal, id: string, { waitMs, silent = false }: WatchOptions = {}): Promise<WatchEnd> {
  const screen = new WatchScreen();
  // Their record has more to show than their steps.
  const incidents = new Set(readCatalogue().flatMap((entry) => (entry.system === 'incident' ? [entry.id] : [])));
  const journal = new JournalLines();
  const called = new Set<string>();
  const deadline = waitMs === undefined ? Infinity : Date.now() + waitMs;
  let last: RunStatus | null = null;
  let silence = '';
  for (;;) {
    const look = await lookOnce(temporal, id, incidents);
    if ('closed' in look) {
      if (!silent && look.steps) for (const line of journal.take(look.steps, !screen.canRedraw)) screen.line(line);
      screen.clear();
      return reportEnd(temporal, id);
    }
    if ('silent' in look) {
      if (!silent && look.silent !== silence) screen.line({ text: `… ${look.silent}`, tone: 'attention' });
      silence = look.silent;
    } else {
      if (!silent && silence) screen.line({ text: '… it answers again', tone: 'dim' });
      silence = '';
      last = look.status;
      if (!silent) show(screen, journal, called, id, look);
    }
    if (Date.now() >= deadline) {
      screen.clear();
      throw new CliFailure(EXIT.stillWaiting, stillOpen(id, last));
    }
    await sleep(Math.max(0, Math.min(EVERY_MS, deadline - Date.now())));
  }
}

type Look =
  | { readonly status: RunStatus; readonly steps: readonly StepRecord[]; readonly incident: IncidentRecord | undefined }
  | { readonly silent: string }
  | { readonly closed: true; readonly steps: readonly StepRecord[] | null };

async function lookOnce(temporal: Temporal, id: string, incidents: ReadonlySet<string>): Promise<Look> {
  try {
    const [status, steps] = await Promise.all([
      queryRun<RunStatus>(temporal, id, 'status'),
      queryRun<readonly StepRecord[]>(temporal, id, 'journal'),
    ]);
    const incident = incidents.has(status.runbook) ? (await queryRun<RunReport>(temporal, id, 'report')).incident : undefined;
    // The outcome stands a moment before the run closes: the last steps (lock, record) follow.
    return status.outcome && (await hasClosed(temporal, id)) ? { closed: true, steps } : { status, steps, incident };
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') throw error;
    return noteSilence(temporal, id, error);
  }
}

async function noteSilence(temporal: Temporal, id: string, error: unknown): Promise<Look> {
  try {
    if (await hasClosed(temporal, id)) return { closed: true, steps: null };
  } catch (second) {
    if (isSilence(second)) return { silent: `Temporal does not answer at ${temporal.address}; trying again` };
    throw second;
  }
  if (isSilence(error)) return { silent: 'no worker answers; the run waits where it is, trying again' };
  return { silent: `the run gives no status (${explainError(error).message}); trying again` };
}

const hasClosed = async ({ client, connection }: Temporal, id: string): Promise<boolean> => {
  const { name } = (await connection.withDeadline(Date.now() + 4_000, () => client.workflow.getHandle(id).describe())).status;
  return name !== 'RUNNING' && name !== 'PAUSED';
};

function show(
  screen: WatchScreen,
  journal: JournalLines,
  called: Set<string>,
  id: string,
  { status, steps, incident }: Extract<Look, { status: RunStatus }>,
): void {
  for (const line of journal.take(steps, !screen.canRedraw)) screen.line(line);
  for (const { key, lines } of [...calls(id, status), ...(incident ? incidentCalls(id, incident) : [])]) {
    if (!called.has(key)) lines.forEach((line) => screen.line(line));
    called.add(key);
  }
  screen.redraw(incident ? incidentLine(incident, Date.now()) : runningLine(steps, status, Date.now()));
}

async function reportEnd({ client }: Temporal, id: string): Promise<WatchEnd> {
  const handle = client.workflow.getHandle(id);
  try {
    const result = (await handle.result()) as RunResult;
    return { exitCode: exitCodeOfOutcome(result.outcome), outcome: result.outcome, message: result.summary, result };
  } catch (error) {
    if ((error as Error).name !== 'WorkflowFailedError') throw error;
    const { exitCode, message } = explainError(error);
    const { cause } = error as { cause?: { name?: string; type?: string | null } };
    return { exitCode, outcome: cause?.type ?? ENDS[cause?.name ?? ''] ?? 'failed', message, result: null };
  }
}

const ENDS: Readonly<Record<string, string>> = { CancelledFailure: 'cancelled', TerminatedFailure: 'terminated', TimeoutFailure: 'timed out' };

function stillOpen(id: string, status: RunStatus | null): string {
  if (!status) return `${id} has not ended, and no worker answers. Watch it again: runbook watch ${id}`;
  const waits = waitsForHuman(status)
    ? `It waits for a human (${status.youCan.join(', ')})`
    : `It is ${status.phase}${status.step ? ` at "${status.step}"` : ''}`;
  return `${id} has not ended. ${waits}. Watch it again: runbook watch ${id}`;
}

/** A sentence for the end of a watch, with where the record is. */
export const endSentence = (id: string, { outcome, message }: WatchEnd, startedMs: number): string =>
  `${message.toLowerCase().startsWith(outcome.toLowerCase()) ? '' : `${outcome}: `}${message}\nAfter ${inWords(Date.now() - startedMs)} of watching. The record: runbook report ${id}`;
