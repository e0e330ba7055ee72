/** Owns what the gateway told a run about its alerts. */
export class Alerts {
  private readonly heard = new Set<string>();
  private resolvedBecause: string | null = null;

  /** What was said when the last of the run's alerts resolved; null while one fires. */
  get resolved(): string | null {
    return this.resolvedBecause;
  }

  /** Takes news once; false where it was heard before. */
  hear({ id, says, allResolved }: { readonly id: string; readonly says: string; readonly allResolved: boolean }): boolean {
    if (this.heard.has(id)) return false;
    this.heard.add(id);
    this.resolvedBecause = allResolved ? says : null;
    return true;
  }
}
