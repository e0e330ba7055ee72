import type { LockGrant } from '../../contracts/lock';

/** Owns what a run knows of the lock of its target: whether it asked, waits, holds it, or has lost it. */
export class TargetLock {
  private held: number | null = null;
  private granted: LockGrant | null = null;
  private waiting: string | null = null;
  private asked = false;
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
    this.granted = grant;
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
