import type { Client } from '@temporalio/client';
import type { Plan } from '../../workflows/contracts/journal';
import type { Notification } from '../../workflows/contracts/notification';
import type { ServiceParts } from './service-parts';

const WAITING = `ExecutionStatus = "Running" AND RunbookPhase IN ("awaiting-approval", "needs-operator")`;
const MOST = 100;
/** Who is asked for approvals; a recipient of notify.yaml. */
const APPROVERS = 'approvers';

/** The part of a run's `status` query that is read here. */
interface Waiting {
  readonly target: string;
  readonly runbook: string;
  readonly gate: {
    readonly number: number;
    readonly of: number;
    readonly title: string;
    readonly quorum: number;
    readonly approvedBy: readonly string[];
    readonly openedAt: string;
    readonly blockedBecause: string | null;
  } | null;
  readonly parked: {
    readonly step: string;
    readonly failure: { readonly type: string; readonly message: string };
    readonly choices: readonly string[];
    /** Not there in a run of an older worker. */
    readonly since?: string;
  } | null;
}

/** Asks for every approval and every operator that a run waits for, once each; a message that no channel takes is tried again in the next round. */
export async function announceGates(client: Client, parts: Pick<ServiceParts, 'notify' | 'searchAttributes'>): Promise<{ asked: string[] }> {
  const asked: string[] = [];
  if (!parts.searchAttributes.includes('RunbookPhase')) return { asked };
  let seen = 0;
  for await (const { workflowId } of client.workflow.list({ query: WAITING })) {
    if (++seen > MOST) break;
    const handle = client.workflow.getHandle(workflowId);
    const [status, plan] = await Promise.all([
      handle.query<Waiting>('status').catch(() => null),
      handle.query<Plan | string>('plan').catch(() => ''),
    ]);
    const message = status && messageOf(workflowId, status, plan);
    if (message && !(await parts.notify(message)).repeat) asked.push(workflowId);
  }
  return { asked };
}

function messageOf(workflowId: string, { target, runbook, gate, parked }: Waiting, plan: Plan | string): Notification | null {
  const common = { to: APPROVERS, about: workflowId.slice(-200), target, runId: workflowId, deadline: null, over: false };
  if (gate && typeof plan !== 'string') {
    const statements = plan.steps.flatMap(({ write }) => write?.statements ?? []).slice(0, 5);
    return {
      ...common,
      // One plan may be asked about at several gates, and again where an approval has become too old.
      id: `gate/${plan.hash.slice(0, 16)}/${Date.parse(gate.openedAt)}/${workflowId}`.slice(0, 200),
      loudness: 'warning',
      title: `Approval wanted: ${gate.title} on ${target} (${runbook})`.slice(0, 300),
      state: `gate ${gate.number} of ${gate.of} waits for ${gate.quorum - gate.approvedBy.length} of ${gate.quorum} approvals`,
      nextAction: gate.blockedBecause ?? 'look at the plan, then approve or reject it',
      body: {
        template: 'approval request',
        gate: gate.title,
        number: gate.number,
        of: gate.of,
        plan: plan.hash,
        planMadeAt: plan.madeAt,
        needed: gate.quorum,
        statements: statements.map((text) => text.slice(0, 500)),
      },
    };
  }
  if (!parked) return null;
  const because = `"${parked.step}": ${parked.failure.type} ${parked.failure.message}`.slice(0, 2_000);
  return {
    ...common,
    id: `parked/${parked.since ? Date.parse(parked.since) : parked.step.slice(0, 60)}/${workflowId}`.slice(0, 200),
    loudness: 'error',
    title: `An operator is needed: ${runbook} on ${target}`.slice(0, 300),
    state: because,
    nextAction: `choose one of ${parked.choices.join(', ')}`,
    body: { template: 'escalation', because, level: 1, since: parked.since ?? new Date().toISOString() },
  };
}
