import type { LockAnswer, LockGrant, LockHolder, LockRequest, LockState, LockWaiting } from '../../contracts/lock';
import { inWords } from '../../pure/span';

/** When a hundred wait, each hand-over is news to all of them: a hundred signals for one lock. */
const TOLD_AT_ONCE = 5;
const TELL_OTHERS_EVERY_MS = 30_000;

/** Who holds the lock of a cluster and who waits; pure, so that its rules can be tested without a server. */
export class LockQueue {
  private readonly granted: { request: LockRequest; grant: LockGrant }[] = [];
  private readonly told = new Map<string, { readonly because: string; readonly at: number }>();

  constructor(private current: LockState) {}

  get state(): LockState {
    return this.current;
  }

  /** Grants at once where nobody is in the way; asking again gives the same answer. */
  acquire(request: LockRequest, at: string): LockAnswer {
    const held = this.current.holders.find((holder) => holder.firstRunId === request.firstRunId && !holder.needsCleanUp);
    if (held) return { granted: { token: held.token, changedSincePlan: held.changedSincePlan } };
    const waiters = this.current.waiters.filter((waiter) => waiter.firstRunId !== request.firstRunId);
    const asked = waiters.length < this.current.waiters.length;
    // A recovery goes first: everybody waits for it. Who asks again keeps the place.
    if (request.successorOf !== undefined) this.current = { ...this.current, waiters: [request, ...waiters] };
    else if (!asked) this.current = { ...this.current, waiters: [...waiters, request] };
    this.grantNext(at);
    const granted = this.granted.findIndex((one) => one.request.workflowId === request.workflowId);
    const [mine] = granted >= 0 ? this.granted.splice(granted, 1) : [];
    if (mine) return { granted: mine.grant };
    const waiting = this.waitingOf(request, at);
    this.told.set(request.workflowId, { because: this.waitingOf(request, null).because, at: Date.parse(at) });
    return { waiting };
  }

  /** Lets a holder or waiter go; with open undos a holder stays as "needs clean-up" and nobody passes. */
  release(workflowId: string, open: readonly string[], at: string, because = 'it ended'): void {
    // What needs clean-up is let go by a recovery or a take-over only, not by a later run of the same id.
    const holder = this.current.holders.find((one) => one.workflowId === workflowId && !one.needsCleanUp);
    const waiters = this.current.waiters.filter((waiter) => waiter.workflowId !== workflowId);
    this.told.delete(workflowId);
    if (holder && open.length) {
      const needsCleanUp = `${because} and left open: ${open.join(', ')}. Roll it back with: runbook recover ${holder.successorOf ?? workflowId}`;
      this.current = { ...this.current, waiters, holders: this.current.holders.map((one) => (one === holder ? { ...one, needsCleanUp } : one)) };
      return;
    }
    const released = holder ? { [holder.scope === 'cluster' ? '*' : holder.database]: at } : {};
    this.current = {
      ...this.current,
      waiters,
      holders: this.current.holders.filter((one) => one !== holder),
      releasedAt: { ...this.current.releasedAt, ...released },
    };
  }

  /** Break-glass: the named holder, or the only one, loses the lock. Its token is older than every later one. */
  takeOver(workflowId: string | null, at: string): LockHolder[] {
    const { holders } = this.current;
    const lost = workflowId === null ? holders.filter(() => holders.length === 1) : holders.filter((holder) => holder.workflowId === workflowId);
    const releasedAt = Object.fromEntries(lost.map((holder) => [holder.scope === 'cluster' ? '*' : holder.database, at]));
    this.current = {
      ...this.current,
      holders: this.current.holders.filter((holder) => !lost.includes(holder)),
      releasedAt: { ...this.current.releasedAt, ...releasedAt },
    };
    return lost;
  }

  /** Grants whoever is next: in the order of asking, nobody overtaking a request that is in his way. */
  grantNext(at: string): void {
    const stillWaiting: LockRequest[] = [];
    for (const request of this.current.waiters) {
      if ([...this.current.holders, ...stillWaiting].some((other) => hinders(request, other))) {
        stillWaiting.push(request);
        continue;
      }
      const token = Math.max(this.current.lastToken, request.floor) + 1;
      const grant = { token, changedSincePlan: this.hasChangedSince(request) };
      this.current = {
        ...this.current,
        lastToken: token,
        holders: [...this.current.holders.filter((holder) => !succeeds(request, holder)), { ...request, ...grant, since: at }],
      };
      this.granted.push({ request, grant });
    }
    this.current = { ...this.current, waiters: stillWaiting };
  }

  /** Grants that nobody has been told of yet. */
  takeGranted(): { request: LockRequest; grant: LockGrant }[] {
    return this.granted.splice(0);
  }

  /** What waiters should be told now: the first ones whatever is new to them, those far behind only now and then. */
  news(at: string): { request: LockRequest; waiting: LockWaiting }[] {
    return this.current.waiters.flatMap((request, ahead) => {
      const waiting = this.waitingOf(request, null);
      const told = this.told.get(request.workflowId);
      const often = ahead < TOLD_AT_ONCE || Date.parse(at) - (told?.at ?? 0) >= TELL_OTHERS_EVERY_MS;
      if (told?.because === waiting.because || !often) return [];
      this.told.set(request.workflowId, { because: waiting.because, at: Date.parse(at) });
      return [{ request, waiting }];
    });
  }

  private waitingOf(request: LockRequest, at: string | null): LockWaiting {
    const ahead = this.current.waiters.slice(
      0,
      Math.max(
        0,
        this.current.waiters.findIndex((waiter) => waiter.workflowId === request.workflowId),
      ),
    );
    const holders = this.current.holders.filter((holder) => hinders(request, holder));
    const first = holders[0] ?? ahead.find((other) => inTheWay(request, other));
    const position = ahead.filter((other) => inTheWay(request, other)).length + 1;
    if (!first) return { position, because: 'nobody: it is granted at once' };
    return { position, because: `${holderSentence(first, at)}${position > 1 ? `; ${position - 1} more before this run` : ''}` };
  }

  private hasChangedSince(request: LockRequest): boolean {
    const relevant = Object.entries(this.current.releasedAt).filter(
      ([database]) => request.scope === 'cluster' || database === '*' || database === request.database,
    );
    return relevant.some(([, at]) => at > request.plannedAt);
  }
}

/** A recovery takes the place of the ended run that needs it, or of an earlier recovery of that run. */
const succeeds = (request: LockRequest, other: LockRequest | LockHolder): boolean =>
  'needsCleanUp' in other && request.successorOf === (other.successorOf ?? other.workflowId);

/** A recovery does not wait for what has ended on another database: two ended runs would otherwise wait for each other's recovery. */
const hinders = (request: LockRequest, other: LockRequest | LockHolder): boolean =>
  inTheWay(request, other) && !succeeds(request, other) && !(request.successorOf !== undefined && hasEndedElsewhere(request, other));

const hasEndedElsewhere = (request: LockRequest, other: LockRequest | LockHolder): boolean =>
  'needsCleanUp' in other && other.scope === 'database' && other.database !== request.database;

/** Two requests exclude each other on the same database, or when one of them is about the whole cluster. */
const inTheWay = (a: LockRequest, b: LockRequest): boolean => a.scope === 'cluster' || b.scope === 'cluster' || a.database === b.database;

function holderSentence(holder: LockRequest | LockHolder, at: string | null): string {
  const who = `${holder.runbook} on ${holder.target} (${holder.workflowId}${holder.requestedBy ? `, asked for by ${holder.requestedBy}` : ''})`;
  if (!('since' in holder)) return `${who} waits before it`;
  if (holder.needsCleanUp) return `${who} needs clean-up: ${holder.needsCleanUp}`;
  const age = at ? `, for ${inWords(Date.parse(at) - Date.parse(holder.since))}` : '';
  return `${who} holds the lock since ${holder.since.slice(0, 19)}Z${age}`;
}
