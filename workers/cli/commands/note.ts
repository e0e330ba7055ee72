import { messageCommand } from '../runs/message-command';

/** `runbook note <run>`: a line for the timeline of an incident. */
export const note = () =>
  messageCommand({
    kind: 'note',
    summary: 'adds a line to the timeline of the incident',
    example: 'runbook note x1y2 --reason "the shop was deployed at 02:55"',
    reason: 'needed',
  });
