import { SPAN_PATTERN, type Span } from '../contracts/span';

const UNITS = { millisecond: 1, second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** A span in milliseconds; throws a RangeError for a text that is no span. */
export function milliseconds(span: Span): number {
  const match = SPAN_PATTERN.exec(span);
  if (!match) throw new RangeError(`"${span}" is not a span such as '15 minutes'.`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** Milliseconds as the shortest exact or rounded words: `850 ms`, `12 s`, `4 min 30 s`, `2 h 5 min`. */
export function inWords(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = Math.round(ms / 1_000);
  if (s < 120) return `${s} s`;
  const [min, rest] = [Math.floor(s / 60), s % 60];
  if (min < 120) return rest ? `${min} min ${rest} s` : `${min} min`;
  return `${Math.floor(min / 60)} h ${min % 60} min`;
}
