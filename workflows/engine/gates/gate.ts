import type { Decision } from '../../contracts/journal';
import type { MessageRef } from '../../contracts/run-services';

/** A gate that waits for people. */
export interface Gate {
  readonly key: string;
  /** By which an approval names it; no other gate of the run has it. */
  readonly number: number;
  /** How many gates the run asks at, as far as it is known. */
  readonly of: number;
  readonly title: string;
  /** Why it is asked although it was approved before; null for the first time. */
  readonly again: string | null;
  readonly hash: string;
  readonly quorum: number;
  readonly choices: readonly string[];
  readonly deadlineMs: number;
  readonly openedAt: string;
}

/** A decision whose sender is not looked up yet. */
export interface Arrival {
  readonly decision: Decision;
  readonly message: MessageRef;
}

/** The title of a gate as it is shown: one that is asked again says why. */
export const showTitle = ({ title, again }: Pick<Gate, 'title' | 'again'>): string => (again === null ? title : `${title} (${again})`);

/** "gate 1 of 2": how a gate is called everywhere. */
export const nameGate = ({ number, of }: Pick<Gate, 'number' | 'of'>): string => `gate ${number} of ${of}`;
