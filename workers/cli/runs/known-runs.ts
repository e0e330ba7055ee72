import type { WorkflowExecutionInfo } from '@temporalio/client';
import { readCatalogue } from '../../catalogue/catalogue';
import { usage } from '../terminal/exit-codes';
import { candidates, targetIn } from './run-ids';
import type { Temporal } from '../terminal/temporal';

/** A run as `runbook runs` lists it. */
export interface KnownRun {
  readonly id: string;
  readonly runbook: string;
  readonly target: string;
  readonly phase: string;
  readonly open: boolean;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly requester: string;
}

export interface RunsWanted {
  readonly open: boolean;
  readonly most?: number;
}

/** The newest runs: by workflow type, and by our search attribute where the server has it (runs of newer workers). */
export async function listRuns(temporal: Temporal, { open, most = 200 }: RunsWanted): Promise<KnownRun[]> {
  const state = open ? 'ExecutionStatus = "Running" AND ' : '';
  const types = `WorkflowType IN (${[...readCatalogue().map((entry) => entry.id), 'recoverRun'].map((id) => `"${id}"`).join(', ')})`;
  try {
    return await fetchRuns(temporal, `${state}(RunbookName IS NOT NULL OR ${types})`, most);
  } catch (error) {
    if (!isUnknownAttribute(error)) throw error;
    return fetchRuns(temporal, `${state}${types}`, most);
  }
}

/** The full id of a run whose id may be shortened; throws CliFailure for none and for several. */
export async function resolveRun(temporal: Temporal, given: string, wanted: RunsWanted = { open: false, most: 1_000 }): Promise<string> {
  if (await isKnown(temporal, given)) return given;
  const runs = await listRuns(temporal, wanted);
  const found = candidates(
    given,
    runs.map((run) => run.id),
  );
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length === 0)
    throw usage(
      `No ${wanted.open ? 'open ' : ''}run has an id that begins or ends with "${given}". "runbook runs${wanted.open ? '' : ' --all'}" shows them.`,
    );
  throw usage([`"${given}" can mean ${found.length} runs; give more of the id:`, ...found.slice(0, 20).map((id) => `  ${id}`)].join('\n'));
}

async function isKnown({ client }: Temporal, id: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(id).describe();
    return true;
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

async function fetchRuns({ client }: Temporal, query: string, most: number): Promise<KnownRun[]> {
  const runs: KnownRun[] = [];
  for await (const info of client.workflow.list({ query })) {
    runs.push(readRun(info));
    if (runs.length >= most) break;
  }
  return runs;
}

function readRun(info: WorkflowExecutionInfo): KnownRun {
  const attribute = (name: string): string => {
    const value: unknown = info.searchAttributes[name]?.[0];
    return typeof value === 'string' ? value : '';
  };
  const open = info.status.name === 'RUNNING';
  const status = info.status.name.toLowerCase();
  return {
    id: info.workflowId,
    runbook: info.type,
    target: attribute('RunbookTarget') || targetIn(info.workflowId),
    phase: open ? attribute('RunbookPhase') || status : status,
    open,
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
    requester: attribute('RunbookRequester'),
  };
}

const isUnknownAttribute = (error: unknown): boolean => {
  const { code, message, cause } = error as { code?: number; message?: string; cause?: { code?: number; message?: string } };
  const INVALID_ARGUMENT = 3;
  return (cause?.code ?? code) === INVALID_ARGUMENT || /RunbookName/.test(`${message ?? ''} ${cause?.message ?? ''}`);
};
