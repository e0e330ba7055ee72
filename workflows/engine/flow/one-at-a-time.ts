import { flowError } from '../run/exit';

/** Refuses a verb that starts before the last one has ended: somebody forgot an `await`. */
export class OneAtATime {
  private running: string | null = null;

  begin(title: string): void {
    this.refuseWhileRunning(`"${title}"`);
    this.running = title;
  }

  end(): void {
    this.running = null;
  }

  /** Also at the end of a flow nothing may be running. */
  refuseWhileRunning(next: string): void {
    if (this.running !== null) throw flowError(`${next} began while "${this.running}" was still running: a verb is not awaited in this runbook.`);
  }
}
