import { messageCommand } from '../runs/message-command';

/** `runbook retry <run>`: tries the failed step again. */
export const retry = () =>
  messageCommand({ kind: 'retry', summary: 'tries the failed step of a parked run again', example: 'runbook retry x1y2', reason: 'optional' });
