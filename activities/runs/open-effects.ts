import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { OpenEffect } from '../../workflows/contracts/journal';
import type { OpenRun } from '../../workflows/contracts/run-services';
import { fromAscii, toAscii } from '../effects/ascii';
import { KernelFailure } from '../sql/kernel-failure';
import { many } from '../sql/rows';
import { ledgerOf, lookingSettings, type Session } from '../sql/session';
import { sql } from '../sql/sql';
import type { ServiceParts } from './service-parts';

const Open = z.object({
  key: z.string(),
  step: z.string(),
  step_number: z.coerce.number(),
  runbook: z.string(),
  workflow_id: z.string(),
  first_run_id: z.string(),
  operation: z.string(),
  input: z.looseObject({ target: z.string() }),
  undo_by: z.string(),
});

/**
 * The effects of a run and of its child runs whose undo is open, oldest first: by the ledger of its target, and by the control
 * database's where it changed a cluster. A run that stopped the target's own server is still found.
 */
export async function openEffects(parts: ServiceParts, target: string, workflowId: string, firstRunId: string | null): Promise<OpenEffect[]> {
  const onCluster = await openOnCluster(parts, target, workflowId, firstRunId);
  const settings = lookingSettings('rb:reconcile');
  const onTarget = parts.sessions.use({ target, login: 'read', node: 'primary', settings }, (session) => openIn(session, workflowId, firstRunId));
  const known = onCluster.length ? onTarget.catch(() => []) : onTarget;
  return [...(await known), ...onCluster];
}

async function openOnCluster(parts: ServiceParts, target: string, workflowId: string, firstRunId: string | null): Promise<OpenEffect[]> {
  const { expects, nodes } = parts.registry.find(target);
  if (!parts.ledger || !expects || nodes.length < 2) return [];
  return parts.ledger.use(expects.systemIdentifier, 'rb:reconcile', (session) => openIn(session, workflowId, firstRunId));
}

async function openIn(session: Session, workflowId: string, firstRunId: string | null): Promise<OpenEffect[]> {
  const rows = await session.query(sql`
    select key, step, step_number, runbook, workflow_id, first_run_id, operation, input, undo_by
      from ${ledgerOf(session).table}
     where (workflow_id = ${toAscii(workflowId)} and (${firstRunId}::text is null or first_run_id = ${firstRunId})
            or starts_with(workflow_id, ${toAscii(`${workflowId}/child/`)}))
       and state in ('claimed', 'done', 'undoing') and undo_by is not null and closed_by is null
     order by seq`);
  return many(Open)
    .take(rows)
    .map((row) => ({ ...row, key: fromAscii(row.key), step: fromAscii(row.step), workflow_id: fromAscii(row.workflow_id) }))
    .map((row) => ({
      key: row.key,
      title: row.step.replace(/#\d+$/, ''),
      operation: row.operation,
      input: row.input,
      step: { workflowId: row.workflow_id, firstRunId: row.first_run_id, runbook: row.runbook, step: row.step, stepNumber: row.step_number },
      undo: { by: row.undo_by },
    }));
}

/** What an ended run left open on its target. */
export async function findOpenEffects(client: Client, parts: ServiceParts, input: { run: string; target?: string | undefined }): Promise<OpenRun> {
  const description = await client.workflow
    .getHandle(input.run)
    .describe()
    .catch(() => null);
  const status = description?.status.name ?? 'no longer known to Temporal';
  if (status === 'RUNNING' || status === 'PAUSED') {
    throw new KernelFailure('PreconditionUnmet', `${input.run} still runs: roll it back or abandon it instead ("runbook rollback ${input.run}").`);
  }
  const named = description?.searchAttributes['RunbookTarget']?.[0];
  const target = input.target ?? (typeof named === 'string' ? named : undefined);
  if (!target) throw new KernelFailure('InvalidInput', `Temporal no longer knows the target of ${input.run}: name it with "target".`);
  return { target, status: status.toLowerCase(), effects: await openEffects(parts, target, input.run, null) };
}
