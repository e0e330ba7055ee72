/** Names steps: bracket titles + title + `#n`, counted in the order of the flow, so that both passes give the same keys. */
export class StepKeys {
  private readonly counts = new Map<string, number>();
  private readonly brackets: string[] = [];

  get depth(): number {
    return this.brackets.length;
  }

  next(title: string): string {
    const path = [...this.brackets, title].join(' / ');
    const count = (this.counts.get(path) ?? 0) + 1;
    this.counts.set(path, count);
    return `${path}#${count}`;
  }

  enter(title: string): void {
    this.brackets.push(title);
  }

  leave(): void {
    this.brackets.pop();
  }
}

/** A key without its number: the same for all rounds of a loop. */
export const withoutNumber = (key: string): string => key.replace(/#\d+$/, '');
