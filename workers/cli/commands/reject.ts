import { messageCommand } from '../runs/message-command';

/** `runbook reject <run>`: rejects the open gate. */
export const reject = () =>
  messageCommand({
    kind: 'reject',
    summary: 'rejects the open gate of a run; the run rolls back',
    example: 'runbook reject x1y2 --reason "not tonight"',
    reason: 'needed',
  });
