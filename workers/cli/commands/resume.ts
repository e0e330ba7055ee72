import { messageCommand } from '../runs/message-command';

/** `runbook resume <run>`: lets a paused run go on. */
export const resume = () =>
  messageCommand({ kind: 'resume', summary: 'lets a paused run go on', example: 'runbook resume x1y2', reason: 'optional' });
