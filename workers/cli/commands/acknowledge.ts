import { messageCommand } from '../message-command';

/** `runbook acknowledge <run>`: somebody looks after an incident from now on. */
export const acknowledge = () =>
  messageCommand({
    kind: 'acknowledge',
    summary: 'you look after the incident from now on; ends the reminders that nobody does',
    example: 'runbook acknowledge x1y2 --by ann',
    reason: 'none',
  });
