import type { Decision } from '../../contracts/journal';
import type { Failure } from './exit';

/** What an operator can do with a step that failed permanently. */
export type ParkChoice = 'retry' | 'skip' | 'rollback' | 'abandon';

/** A failed step that waits for an operator. */
export interface Parked {
  readonly title: string;
  readonly failure: Failure;
  readonly choices: readonly ParkChoice[];
  readonly since: string;
}

export interface Pause {
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
}

/** Owns why a run stands still outside its gates: a person paused it, or a failed step waits for an operator. */
export class Hold {
  private pausedBy: Pause | null = null;
  private step: Parked | null = null;
  private choice: { readonly choice: ParkChoice; readonly decision: Decision } | null = null;

  get paused(): Pause | null {
    return this.pausedBy;
  }

  get parked(): Parked | null {
    return this.step;
  }

  /** What an operator chose for the parked step; null while nobody has. */
  get chosen(): { readonly choice: ParkChoice; readonly decision: Decision } | null {
    return this.choice;
  }

  pause(by: Pause): void {
    this.pausedBy = by;
  }

  resume(): void {
    this.pausedBy = null;
  }

  park(step: Parked): void {
    [this.step, this.choice] = [step, null];
  }

  /** Takes an operator's choice; false where the parked step does not offer it. */
  choose(choice: ParkChoice, decision: Decision): boolean {
    if (!this.step?.choices.includes(choice)) return false;
    this.choice = { choice, decision };
    return true;
  }

  /** Ends the parking; answers with what was chosen. */
  unpark(): { readonly choice: ParkChoice; readonly decision: Decision } | null {
    const chosen = this.choice;
    [this.step, this.choice] = [null, null];
    return chosen;
  }
}
