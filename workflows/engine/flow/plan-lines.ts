import type { PlannedStep } from '../../contracts/journal';
import { canonicalJson } from '../../pure/json';
import { withoutNumber } from './step-keys';

/** The lines of a plan in the order of the flow; a repetition of the same request in a loop is counted, not listed again. */
export class PlanLines {
  readonly steps: PlannedStep[] = [];

  constructor(private readonly isFinished: (key: string) => boolean) {}

  add(step: Omit<PlannedStep, 'times' | 'finished'>): void {
    const finished = this.isFinished(step.key);
    const same = finished ? -1 : this.steps.findIndex((line) => !line.finished && isSameRequest(line, step));
    const line = this.steps[same];
    if (line) this.steps[same] = { ...line, times: line.times + 1 };
    else this.steps.push({ ...step, times: 1, finished });
  }

  /** Whether a step of this title is finished already. */
  hasFinished(title: string): boolean {
    return this.steps.some((step) => step.title === title && step.finished);
  }
}

const isSameRequest = (a: Pick<PlannedStep, 'key' | 'verb' | 'operation' | 'input'>, b: typeof a): boolean =>
  withoutNumber(a.key) === withoutNumber(b.key) &&
  a.verb === b.verb &&
  a.operation === b.operation &&
  canonicalJson(a.input) === canonicalJson(b.input);
