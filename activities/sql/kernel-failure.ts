import type { FailureType } from '../../workflows/contracts/failures';

/** What Temporal does after a failure: `never` try again, `soon` with the usual back-off. */
export type Retry = 'never' | 'soon';

/** A failure with its name from the closed list; the activity boundary turns it into Temporal's ApplicationFailure. */
export class KernelFailure extends Error {
  constructor(
    readonly type: FailureType,
    message: string,
    readonly retry: Retry = 'never',
    readonly details: unknown = undefined,
  ) {
    super(message);
    this.name = type;
  }
}
