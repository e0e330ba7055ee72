import type { Outcome } from '../../contracts/journal';

/** How somebody wants the run to leave its flow. */
export type Leaving = { readonly how: 'roll back' | 'abandon' | 'cancel'; readonly because: string };

/** Owns the way out of a run: what people or Temporal asked for, whether it rolls back, and how it ended. */
export class Ending {
  private leaving: Leaving | null = null;
  private isRollback = false;
  private keepsOpen = false;
  private end: { readonly outcome: Outcome; readonly summary: string; readonly at: string } | null = null;
  private step: { cancel(): void } | null = null;

  /** What was asked for; honoured at the next verb and in every wait. */
  get asked(): Leaving | null {
    return this.leaving;
  }

  get isCancelled(): boolean {
    return this.leaving?.how === 'cancel';
  }

  get rollingBack(): boolean {
    return this.isRollback;
  }

  get outcome(): Outcome | null {
    return this.end?.outcome ?? null;
  }

  get summary(): string {
    return this.end?.summary ?? '';
  }

  get endedAt(): string | null {
    return this.end?.at ?? null;
  }

  /** Whether what is still open must be undone by somebody else: the lock then stands at "needs clean-up". */
  get leavesOpen(): boolean {
    return this.keepsOpen;
  }

  ask(leaving: Leaving): void {
    this.leaving = leaving;
  }

  /** Refuses what was asked for and can no longer be given; an abandonment always can. Answers with what it was. */
  refuseToUndo(): Leaving | null {
    const refused = this.leaving;
    if (!refused || refused.how === 'abandon') return null;
    this.leaving = null;
    return refused;
  }

  /** Asked by Temporal: it does not wait for the end of the step that runs now. */
  cancel(): void {
    this.leaving = { how: 'cancel', because: 'cancelled by Temporal' };
    this.step?.cancel();
  }

  /** The step that a cancellation interrupts; null between steps. */
  interrupt(step: { cancel(): void } | null): void {
    this.step = step;
  }

  startRollback(): void {
    this.isRollback = true;
  }

  leaveOpen(): void {
    this.keepsOpen = true;
  }

  /** Ends the run once. */
  close(outcome: Outcome, summary: string, at: string): void {
    this.end ??= { outcome, summary, at };
  }
}
