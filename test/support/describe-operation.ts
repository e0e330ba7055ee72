import type { Verdict } from '../../activities/effects/verdict';
import type { Preview, UndoAnswer, WriteAnswer, WriteOrder } from '../../workflows/contracts/orders';

/** One effect of an operation, through the protocol of effects and without Temporal. */
export interface Effect {
  act(more?: Partial<WriteOrder>): Promise<WriteAnswer>;
  undo(): Promise<UndoAnswer>;
  /** The same call as a new effect. */
  fresh(): Effect;
}

/** Where operations are exercised: a database (`databaseBed`) or a cluster (`clusterBed`). */
export interface Bed {
  effectOf(name: string, input: object): Effect;
  previewOf(name: string, input: object): Promise<Preview>;
  verdictOf(name: string, input: object, before: readonly unknown[]): Promise<Verdict>;
}

export interface DescribedOperation<Seen> {
  readonly bed: () => Bed;
  /** Makes the world in which the input has something to do; called before each of its tests. */
  readonly prepare?: () => Promise<unknown>;
  /** An input without the target. */
  readonly input: object | (() => object | Promise<object>);
  /** What the world says, as far as the operation changes it. */
  readonly seen: () => Promise<Seen>;
  /** What it says before and after the act. */
  readonly changes?: { readonly from: Seen; readonly to: Seen };
  /** Changes the world to what neither the act nor its undo leaves, as somebody else would. */
  readonly spoil?: () => Promise<unknown>;
  /** What the verification must refuse; default: the world before the act. For an act that the world does not show. */
  readonly refuses?: { readonly input?: object; readonly before?: readonly unknown[] };
  /** Takes away what the operation requires and gives it back; and the sentence that people are told. */
  readonly lacks?: { readonly take: () => Promise<unknown>; readonly giveBack: () => Promise<unknown>; readonly says: RegExp };
}

/**
 * The tests that every write has: it is exercised (act, undo, act, act again), its verification says no, its undo leaves what others changed,
 * and what it lacks is said before people are asked. The house test finds it by the literal name.
 */
export function describeOperation<Seen>(name: string, described: DescribedOperation<Seen>): void {
  const { bed, prepare, input, seen, changes, spoil, refuses, lacks } = described;
  const ready = async (): Promise<object> => {
    await prepare?.();
    return typeof input === 'function' ? await (input as () => object | Promise<object>)() : input;
  };

  test(`${name}: act, undo, act, act again`, async () => {
    const done = await exercise(bed(), name, await ready(), seen);
    if (changes) expect(done).toEqual({ before: changes.from, after: changes.to });
  });

  test(`${name}: its verification says no`, async () => {
    const given = await ready();
    const before = refuses?.before ?? (await bed().previewOf(name, given)).before.sample;
    expect(await bed().verdictOf(name, { ...given, ...refuses?.input }, before)).toMatchObject({ holds: false, seen: expect.stringMatching(/./) });
  });

  if (spoil)
    test(`${name}: what others changed afterwards is seen, and an undo leaves it`, async () => {
      const given = await ready();
      const { before, undo } = await bed().previewOf(name, given);
      const effect = bed().effectOf(name, given);
      await effect.act();
      await spoil();
      expect(await bed().verdictOf(name, given, before.sample)).toMatchObject({ holds: false });
      const theirs = await seen();
      if ('by' in undo) await expect(effect.undo()).rejects.toMatchObject({ type: 'ChangedByOthers' });
      expect(await seen()).toEqual(theirs);
    });

  if (lacks)
    test(`${name}: what it lacks is said before people are asked`, async () => {
      const given = await ready();
      await lacks.take();
      try {
        await expect(bed().previewOf(name, given)).rejects.toMatchObject({ type: 'PreconditionUnmet', message: expect.stringMatching(lacks.says) });
      } finally {
        await lacks.giveBack();
      }
    });
}

/** Act, the same again, undo, the same again, a late attempt, and once more as a new effect: `seen` tells what the world says after each. */
export async function exercise<Seen>(bed: Bed, name: string, input: object, seen: () => Promise<Seen>): Promise<{ before: Seen; after: Seen }> {
  const { undo } = await bed.previewOf(name, input);
  const effect = bed.effectOf(name, input);
  const before = await seen();
  expect((await effect.act()).how).toBe('done');
  const after = await seen();
  expect((await effect.act()).how).toBe('found');
  expect(await seen()).toEqual(after);
  if (!('by' in undo)) return { before, after };
  expect((await effect.undo()).how).toBe('undone');
  expect(await seen()).toEqual(before);
  expect((await effect.undo()).how).toBe('already');
  await expect(effect.act()).rejects.toMatchObject({ type: 'Undone' });
  const never = effect.fresh();
  expect((await never.undo()).how).toBe('never');
  await expect(never.act()).rejects.toMatchObject({ type: 'Undone' });
  expect(await seen()).toEqual(before);
  expect((await effect.fresh().act()).how).toBe('done');
  expect(await seen()).toEqual(after);
  return { before, after };
}

/** Whether `verify` says no to an input and what was found before; the house test finds it by the literal name. */
export async function verifySaysNo(bed: Bed, name: string, input: object, before: readonly unknown[] = []): Promise<void> {
  expect(await bed.verdictOf(name, input, before)).toMatchObject({ holds: false });
}
