/** What is told of a series: its median and how far it spreads. */
export interface Series {
  readonly n: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly range: readonly [number, number];
}

export function seriesOf(values: readonly number[]): Series {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
    return round(low + (high - low) * (place - Math.floor(place)));
  };
  return { n: sorted.length, median: at(0.5), quartiles: [at(0.25), at(0.75)], range: [at(0), at(1)] };
}

/** Three digits are more than these measurements are worth. */
export function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : NaN;
}

/** Runs all ways once in each round, in another order each time, so that a busy moment hits all of them. */
export async function interleave<Name extends string>(
  ways: Readonly<Record<Name, (round: number) => Promise<number>>>,
  rounds: number,
  warmUps = 2,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(ways) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    const first = (round + warmUps) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const took = await ways[name](round);
      if (round >= 0) times[name].push(took);
    }
  }
  return times;
}

export async function time(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The ratio of the medians, with the spread of the ratios round by round. */
export function ratioOf(above: readonly number[], below: readonly number[]): { ratio: number; spread: Series } {
  const ratio = round(seriesOf(above).median / seriesOf(below).median);
  return { ratio, spread: seriesOf(above.map((value, i) => value / (below[i] ?? NaN))) };
}
