import { workflowInfo } from '@temporalio/workflow';
import * as product from '../../../workflows/index';
import { EXPIRING } from './expiring-id';
import type { ApprovalPolicy, RunbookHeader } from '../../../workflows/contracts/header';

// The header of a runbook is fixed when its module is loaded, before the worker freezes it; a getter is still asked in each run.
for (const runbook of Object.values(product) as { header?: RunbookHeader }[]) {
  const { header } = runbook;
  if (!header || header.risk === 'read-only') continue;
  const policy = header.approval;
  Object.defineProperty(header, 'approval', { enumerable: true, get: () => (isExpiring() ? hasty(policy) : policy) });
}

const hasty = (policy: ApprovalPolicy | undefined): ApprovalPolicy => ({ validFor: '30 minutes', ...policy, expiresAfter: '1 second' });

function isExpiring(): boolean {
  try {
    return workflowInfo().workflowId.startsWith(EXPIRING);
  } catch {
    return false;
  }
}
