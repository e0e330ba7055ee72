import type { Decision, PlannedStep } from '../../contracts/journal';
import { countGates, findGateNumber } from '../../pure/planned-gates';
import type { Arrival, Gate } from './gate';

/** The last gate that people passed. */
export interface PassedGate {
  readonly title: string;
  readonly hash: string;
  readonly at: number;
}

/** Owns what people decided, and the gate that waits for them. */
export class Gates {
  private readonly recorded: Decision[] = [];
  private current: Gate | null = null;
  private arrived: Arrival[] = [];
  private counted: Decision[] = [];
  private rejected: Decision | null = null;
  /** Approvals that came before their gate opened. */
  private early: Arrival[] = [];
  private lastPassed: PassedGate | null = null;
  private passedGates = 0;
  /** Gates that no plan has: one that is asked again, or that the plan did not foresee. */
  private extra = 0;

  /** Every decision of the run, also those that opened no gate, in the order in which they came. */
  get decisions(): readonly Decision[] {
    return this.recorded;
  }

  /** The gate that waits for people now. */
  get open(): Gate | null {
    return this.current;
  }

  /** What counts for the open gate. */
  get approvals(): readonly Decision[] {
    return this.counted;
  }

  get rejection(): Decision | null {
    return this.rejected;
  }

  /** Decisions for the open gate, or for the next one, whose sender is not known yet. */
  get pending(): readonly Decision[] {
    return (this.current ? this.arrived : this.early).map(({ decision }) => decision);
  }

  get last(): PassedGate | null {
    return this.lastPassed;
  }

  get passed(): number {
    return this.passedGates;
  }

  /** Records a decision that was accepted. */
  record(decision: Decision): void {
    this.recorded.push(decision);
  }

  /** Opens a gate under a number that no other one has had, and takes the approvals that came early for it. Whether they are of this plan is judged like that of any other. */
  openGate(gate: Omit<Gate, 'number' | 'of'>, steps: readonly PlannedStep[]): Gate {
    const planned = countGates(steps);
    const number = findGateNumber(steps, gate.key) ?? planned + ++this.extra;
    this.current = { ...gate, number, of: planned + this.extra };
    const isForThis = ({ decision }: Arrival): boolean => decision.gateNumber === number;
    this.arrived = this.early.filter(isForThis);
    this.early = this.early.filter((arrival) => !isForThis(arrival));
    [this.counted, this.rejected] = [[], null];
    return this.current;
  }

  /** Takes an accepted decision for the open gate; with none open it is kept for the next one. */
  receive(arrival: Arrival): void {
    (this.current ? this.arrived : this.early).push(arrival);
  }

  /** Takes what has arrived at the open gate, to be judged. */
  takeArrived(): Arrival[] {
    return this.arrived.splice(0);
  }

  /** Records the judgement of a decision that had arrived; what was refused counts for nothing. */
  judge(decision: Decision, judged: Decision): void {
    const at = this.recorded.indexOf(decision);
    if (at >= 0) this.recorded[at] = judged;
    if (judged.kind === 'reject') this.rejected = judged;
    else if (!judged.refused) this.counted.push(judged);
  }

  /** The choice that enough people approved ('' at a gate without choices); null while there is none. */
  findChoice(): string | null {
    const { current } = this;
    if (!current) return null;
    const choices = current.choices.length ? current.choices : [''];
    return choices.find((choice) => this.counted.filter((made) => (made.choice ?? '') === choice).length >= current.quorum) ?? null;
  }

  /** Closes the gate that people passed. */
  pass(at: number): void {
    if (!this.current) return;
    const { title, hash } = this.current;
    this.passedGates++;
    this.lastPassed = { title, hash, at };
    this.current = null;
  }

  /** Closes the gate that nobody passed; nothing happens where it was passed. */
  close(): void {
    this.current = null;
  }

  /** The last approval counts for nothing more: what was approved once is asked again, although the plan reads the same. */
  revoke(): void {
    if (this.lastPassed) this.lastPassed = { ...this.lastPassed, hash: '' };
  }

  /** Why the last approval does not count for the next change of this plan; null where it does, or where none was asked for. */
  findStaleness(hash: string, { now, validForMs }: { readonly now: number; readonly validForMs: number }): string | null {
    if (!this.lastPassed) return null;
    if (this.lastPassed.hash !== hash) return 'the plan has changed';
    return now - this.lastPassed.at <= validForMs ? null : 'the approval is too old';
  }
}
