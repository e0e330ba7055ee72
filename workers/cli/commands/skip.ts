import { messageCommand } from '../runs/message-command';

/** `runbook skip <run>`: goes on without the failed step. */
export const skip = () =>
  messageCommand({
    kind: 'skip',
    summary: 'goes on without the failed step, where the runbook can',
    example: 'runbook skip x1y2 --reason "checked by hand"',
    reason: 'needed',
  });
