import { explainError, isSilence } from '../../../workers/cli/terminal/explain-error';
import { CliFailure, exitCodeOfOutcome } from '../../../workers/cli/terminal/exit-codes';

const failed = (name: string, more: object = {}): Error => Object.assign(new Error('outer'), { name }, more);

describe('exit codes', () => {
  it.each([
    [
      'a run that failed',
      failed('WorkflowFailedError', { cause: { name: 'ApplicationFailure', type: 'RolledBack', message: 'undone' } }),
      1,
      'RolledBack: undone',
    ],
    [
      'an input that was refused',
      failed('WorkflowFailedError', { cause: { type: 'InvalidInput', message: 'x was not started: a: no; b: no. Example: {}' } }),
      2,
      'InvalidInput: x was not started:\n  a: no\n  b: no.\nExample: {}',
    ],
    ['a rejected gate', failed('WorkflowFailedError', { cause: { type: 'ApprovalRefused', message: 'no' } }), 3, 'ApprovalRefused: no'],
    ['a target out of reach', failed('WorkflowFailedError', { cause: { type: 'TargetUnreachable', message: 'no' } }), 4, 'TargetUnreachable: no'],
    ['a cancelled run', failed('WorkflowFailedError', { cause: { name: 'CancelledFailure', message: 'by bob' } }), 1, 'Cancelled: by bob'],
    ['a terminated run', failed('WorkflowFailedError', { cause: { name: 'TerminatedFailure', message: '' } }), 1, 'recover'],
    [
      'a refused message',
      failed('WorkflowUpdateFailedError', { cause: { message: 'The current plan is 1a2b3c4d' } }),
      3,
      'Refused: The current plan is 1a2b3c4d',
    ],
    [
      'a message that the run does not take',
      failed('WorkflowUpdateFailedError', { cause: { message: 'No registered handler for update: handOver' } }),
      3,
      'The run takes no "hand-over"',
    ],
    ['an unknown run', failed('WorkflowNotFoundError'), 2, 'runbook runs --all'],
    ['a worker that does not answer', failed('ServiceError', { cause: { code: 4, message: 'deadline' } }), 4, 'No worker answers'],
    ['a server that does not answer', failed('ServiceError', { cause: { code: 14, message: 'refused' } }), 4, 'Temporal does not answer'],
    ['a wrong target name', failed('UnknownTarget'), 2, 'outer'],
    ['a failure of ours', new CliFailure(5, 'late'), 5, 'late'],
    ['anything else', new Error('boom'), 1, 'boom'],
    ['what is no error', 'text', 1, 'text'],
  ])('for %s', (_, error, exitCode, message) => {
    const found = explainError(error);
    expect(found.exitCode).toBe(exitCode);
    expect(found.message).toContain(message);
  });

  it('of outcomes', () => expect(['done', 'nothing to do', 'planned', 'rolled back', 'terminated'].map(exitCodeOfOutcome)).toEqual([0, 0, 0, 1, 1]));
});

it('knows what is worth trying again', () => {
  expect(isSilence(failed('ServiceError', { cause: { code: 14 } }))).toBe(true);
  expect(isSilence(failed('WorkflowNotFoundError'))).toBe(false);
});
