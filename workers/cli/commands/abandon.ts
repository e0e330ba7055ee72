import { messageCommand } from '../runs/message-command';

/** `runbook abandon <run>`: ends a run where it stands. */
export const abandon = () =>
  messageCommand({
    kind: 'abandon',
    summary: 'ends the run where it stands; nothing is undone, and its target lock waits for "runbook recover"',
    example: 'runbook abandon x1y2 --reason "finished by hand"',
    reason: 'needed',
    confirm: 'Abandon the run; nothing is undone',
  });
