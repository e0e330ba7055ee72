import { messageCommand } from '../runs/message-command';

/** `runbook resolve <run>`: says that an incident is over. */
export const resolve = () =>
  messageCommand({
    kind: 'resolve',
    summary: 'says that it is over, with cause and fix; the database is looked at before that counts',
    example: 'runbook resolve x1y2 --reason "the pool of the shop had no limit; it has one now"',
    reason: 'needed',
  });
