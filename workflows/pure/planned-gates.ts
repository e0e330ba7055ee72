import type { PlannedStep } from '../contracts/journal';

/** A gate of a plan with the number by which people approve it. In a loop it is asked up to `times` times, under that many numbers. */
export interface PlannedGate {
  readonly key: string;
  readonly title: string;
  readonly number: number;
  readonly times: number;
  /** Whether people choose one of several ways there. */
  readonly hasChoices: boolean;
}

/** The gates that a plan asks people about, numbered in the order of the flow. A waived one is asked of nobody and has no number. */
export function listGates(steps: readonly PlannedStep[]): PlannedGate[] {
  let number = 1;
  return steps.filter(asksPeople).map(({ key, title, times, note }) => {
    const gate = { key, title, number, times, hasChoices: note !== 'asks' };
    number += times;
    return gate;
  });
}

/** How many approvals a plan asks for at most. */
export const countGates = (steps: readonly PlannedStep[]): number => listGates(steps).reduce((sum, { times }) => sum + times, 0);

/** The number of a gate by the key of its step; null where the plan does not have it. */
export function findGateNumber(steps: readonly PlannedStep[], key: string): number | null {
  const [path, round] = splitKey(key);
  for (const gate of listGates(steps)) {
    const [plannedPath, first] = splitKey(gate.key);
    if (plannedPath === path && round >= first && round < first + gate.times) return gate.number + round - first;
  }
  return null;
}

const asksPeople = ({ verb, note }: PlannedStep): boolean => verb === 'approve' && !note?.startsWith('waived');

function splitKey(key: string): [path: string, round: number] {
  const at = key.lastIndexOf('#');
  return at < 0 ? [key, 1] : [key.slice(0, at), Number(key.slice(at + 1))];
}
