import type { StepRecord } from '../../contracts/journal';

type Begun = Omit<StepRecord, 'number' | 'startedAt' | 'outcome'> & { readonly outcome?: StepRecord['outcome'] };

/** What happened, in the order in which it happened; a repeated step is a further line. */
export class Journal {
  private readonly lines: StepRecord[] = [];

  get steps(): readonly StepRecord[] {
    return this.lines;
  }

  /** The step that runs now, if any. */
  get current(): StepRecord | undefined {
    return this.lines.findLast((line) => line.outcome === 'running');
  }

  begin(step: Begun): number {
    this.lines.push({ outcome: 'running', ...step, number: this.lines.length + 1, startedAt: now() });
    return this.lines.length - 1;
  }

  end(index: number, result: Partial<StepRecord> & Pick<StepRecord, 'outcome'>): void {
    const line = this.lines[index];
    if (line) this.lines[index] = { ...line, ...result, endedAt: now() };
  }

  /** A line without duration: what the engine did or a person decided. */
  note(title: string, note: string, outcome: StepRecord['outcome'] = 'done'): void {
    this.lines.push({
      key: `engine: ${title}`,
      title,
      verb: 'engine',
      depth: 0,
      number: this.lines.length + 1,
      startedAt: now(),
      endedAt: now(),
      outcome,
      note,
    });
  }
}

export const now = (): string => new Date().toISOString();
