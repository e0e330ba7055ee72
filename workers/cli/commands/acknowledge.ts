import { messageCommand } from '../runs/message-command';

/** `runbook acknowledge <run>`: somebody looks after an incident from now on. */
export const acknowledge = () =>
  messageCommand({
    kind: 'acknowledge',
    summary: 'you look after the incident from now on; nobody else is told that it waits',
    example: 'runbook acknowledge x1y2 --by ann',
    reason: 'none',
  });
