import { messageCommand } from '../runs/message-command';

/** `runbook assess <run>`: says what is affected by an incident, and how much. */
export const assess = () =>
  messageCommand({
    kind: 'assess',
    summary: 'says what is affected, and how much; every later update repeats it',
    example: 'runbook assess x1y2 --reason "the shop holds all slots; checkout fails"',
    reason: 'needed',
  });
