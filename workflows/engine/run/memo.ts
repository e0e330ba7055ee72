/** Owns the results of finished steps: they answer when the flow is run again from the top, after a drift or in a rehearsal. */
export class Memo {
  private readonly results = new Map<string, unknown>();
  /** Gates that people decided. */
  private readonly decided = new Set<string>();
  /** The plan under which a step drifted last. */
  private readonly drifts = new Map<string, string>();

  has(key: string): boolean {
    return this.results.has(key);
  }

  get(key: string): unknown {
    return this.results.get(key);
  }

  /** Every result by its key, oldest first. */
  entries(): [key: string, result: unknown][] {
    return [...this.results];
  }

  set(key: string, result: unknown): void {
    this.results.set(key, result);
  }

  /** Marks a gate as decided by people: no new plan forgets it. */
  markDecided(key: string): void {
    this.decided.add(key);
  }

  /** Forgets everything but what people decided, so that a new plan measures again. */
  forgetReads(): void {
    for (const key of this.results.keys()) this.forget(key);
  }

  /** Forgets the first step that is meant and every later one, but never what people decided. */
  forgetFrom(isMeant: (key: string) => boolean): void {
    const keys = [...this.results.keys()];
    const first = keys.findIndex(isMeant);
    if (first >= 0) for (const key of keys.slice(first)) this.forget(key);
  }

  /** Records the drift of a step; false where it drifted under this very plan before, so that another plan would not help. */
  recordDrift(key: string, planHash: string): boolean {
    if (this.drifts.get(key) === planHash) return false;
    this.drifts.set(key, planHash);
    return true;
  }

  private forget(key: string): void {
    if (!this.decided.has(key)) this.results.delete(key);
  }
}
