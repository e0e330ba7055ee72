import { messageCommand } from '../runs/message-command';

/** `runbook rollback <run>`: undoes what a run did, newest first. */
export const rollback = () =>
  messageCommand({
    kind: 'rollback',
    summary: 'undoes what the run did, in reverse order, and ends it',
    example: 'runbook rollback x1y2 --reason "latency went up"',
    reason: 'needed',
    confirm: 'Roll back what the run did',
  });
