import type { LockState } from '../../contracts/lock';
import { safe } from '../display/markdown';

/** The lock's own page in the Temporal UI. */
export function lockDashboard(state: LockState, at: string): string {
  const holders = state.holders.map(
    (holder) =>
      `- **${safe(holder.runbook)}** on ${safe(holder.target)} (${holder.scope}), since ${holder.since.slice(0, 19)}Z, token ${holder.token}\n\n  \`${holder.workflowId}\`${holder.needsCleanUp ? `\n\n  **needs clean-up**: ${safe(holder.needsCleanUp)}` : ''}`,
  );
  const waiters = state.waiters.map(
    (waiter, i) => `${i + 1}. ${safe(waiter.runbook)} on ${safe(waiter.target)} (${waiter.scope}) \`${waiter.workflowId}\``,
  );
  return [
    `## Lock of cluster ${state.systemIdentifier}`,
    `written ${at.slice(11, 19)} UTC`,
    '### Holds',
    holders.join('\n') || 'nobody',
    '### Waits',
    waiters.slice(0, 15).join('\n') || 'nobody',
  ]
    .join('\n\n')
    .slice(0, 3_800);
}
