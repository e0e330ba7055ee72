import type { LockAnswer, LockGrant } from '../../contracts/lock';

/** Owns what a run knows of the lock of its target: whether it asked, waits, holds it, or has lost it. */
export class TargetLock {
  private held: number | null = null;
  private granted: LockGrant | null = null;
  private waiting: string | null = null;
  private asked = false;
  private ahead: Promise<LockAnswer | null> | null = null;
  private inherited = false;
  private lostBecause: string | null = null;

  /** The fencing token; null while the lock is not held. */
  get token(): number | null {
    return this.held;
  }

  get isHeld(): boolean {
    return this.held !== null;
  }

  /** A grant that arrived and was not taken up yet. */
  get grant(): LockGrant | null {
    return this.granted;
  }

  /** Whom the run waits for, in words; null while it does not wait. */
  get waitingFor(): string | null {
    return this.waiting;
  }

  /** Why the run may change nothing more; null while it may. */
  get lost(): string | null {
    return this.lostBecause;
  }

  /** Whether the lock must hear of the run's end: it was asked, and it is not the parent's. */
  get mustBeReleased(): boolean {
    return this.asked && !this.inherited;
  }

  /** A child on its parent's target works under the parent's lock. */
  inherit(token: number | null): void {
    this.held = token;
    this.inherited = token !== null;
  }

  /** Records that the lock was asked: from here on the run has a place in its queue. */
  ask(): void {
    this.asked = true;
  }

  /** Whether it was asked before it is needed, and the answer was not taken up yet. */
  get isAskedAhead(): boolean {
    return this.ahead !== null;
  }

  /** Whether it may be asked before it is needed: once, and only where nothing has answered yet. */
  get canAskAhead(): boolean {
    return !this.asked && !this.isHeld;
  }

  /** Keeps an answer that is on its way; null where none came. */
  askAhead(answer: Promise<LockAnswer | null>): void {
    this.asked = true;
    this.ahead = answer;
  }

  /** Takes up the answer that was asked for ahead; null where none was. */
  async takeAnswer(): Promise<LockAnswer | null> {
    const answer = await this.ahead;
    this.ahead = null;
    return answer;
  }

  /** The place was given back before it was needed: what the lock still says of it does not count. */
  giveBack(): void {
    this.asked = false;
    this.granted = null;
  }

  startWaiting(because: string): void {
    this.waiting = because;
  }

  /** Hears whom it waits for now; false where it does not wait. */
  keepWaiting(because: string): boolean {
    if (this.waiting === null) return false;
    this.waiting = because;
    return true;
  }

  stopWaiting(): void {
    this.waiting = null;
  }

  /** Hears of a grant, by answer or by signal. */
  receive(grant: LockGrant): void {
    if (this.asked) this.granted = grant;
  }

  /** Takes the grant up: the run holds the lock. */
  hold(grant: LockGrant): void {
    this.held = grant.token;
  }

  /** Somebody took the lock over; the first reason stays. */
  lose(because: string): void {
    this.lostBecause ??= because;
  }
}
