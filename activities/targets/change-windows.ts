import { z } from 'zod';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof DAYS)[number];
const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day is written as '22:30'");
/** A time zone by its name. */
export const Zone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, "a time zone is written as 'Europe/Berlin' or 'UTC'");

/** A span of weeks in which changing runs may start. One that ends before it begins goes on into the next day. */
export const ChangeWindow = z.strictObject({
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS]),
  from: Clock,
  to: Clock,
  timezone: Zone.default('UTC'),
});

/** A time in which no changing run may start. */
export const Freeze = z
  .strictObject({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }), because: z.string().min(1).max(200) })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'a freeze ends after it begins');

export interface ChangeTimes {
  /** Without any, every time is fine. */
  readonly windows: readonly z.infer<typeof ChangeWindow>[];
  readonly freezes: readonly z.infer<typeof Freeze>[];
}

/** Why no changing run may start at a moment, in a sentence; null where one may. */
export function closedBecause({ windows, freezes }: ChangeTimes, now: Date): string | null {
  const freeze = freezes.find(({ from, to }) => Date.parse(from) <= now.getTime() && now.getTime() < Date.parse(to));
  if (freeze) return `changes are frozen until ${freeze.to}: ${freeze.because}`;
  if (!windows.length || windows.some((window) => isOpen(window, now))) return null;
  const written = windows.map(
    ({ days, from, to, timezone }) => `${days.length === DAYS.length ? 'daily' : days.join(' ')} ${from}-${to} ${timezone}`,
  );
  return `changes may start only in its windows: ${written.join('; ')}`;
}

function isOpen({ days, from, to, timezone }: z.infer<typeof ChangeWindow>, now: Date): boolean {
  const { day, clock } = localTime(now, timezone);
  if (from < to) return days.includes(day) && from <= clock && clock < to;
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7] as Day;
  return (days.includes(day) && clock >= from) || (days.includes(before) && clock < to);
}

function localTime(now: Date, timeZone: string): { day: Day; clock: string } {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return { day: (parts['weekday'] ?? '').toLowerCase() as Day, clock: `${parts['hour'] ?? ''}:${parts['minute'] ?? ''}` };
}
