import fc from 'fast-check';
import type { Stage } from '../../../activities/effects/attempt';
import { attemptNumber } from '../../../activities/effects/attempt';
import { perform } from '../../../activities/effects/perform';
import type { UndoAnswer, WriteAnswer } from '../../../workflows/contracts/orders';
import { CARRIERS, startCarriersBed, type CarrierName, type CarriersBed } from '../../support/carriers-bed';

let bed: CarriersBed;
beforeAll(async () => {
  bed = await startCarriersBed();
});
afterAll(() => bed.stop());

const STAGES: readonly Stage[] = ['connected', 'claimed', 'before effect', 'effect sent', 'verified', 'before commit', 'committed'];

/** What a killed process looks like to the protocol: nothing more is done. */
class Cut extends Error {}

/** One effect on an item of its own, and what the world and the ledger say of it. */
class Effect {
  private static count = 0;
  private attempts = 0;
  readonly item = `item-${++Effect.count}`;
  readonly key = `random/${this.item}`;
  readonly first = Effect.count * 10;
  readonly wanted = this.first + 1;
  private readonly step = { workflowId: `random/${this.item}`, firstRunId: this.item, runbook: 'random', step: 'Set#1', stepNumber: 1 };

  constructor(private readonly carrier: CarrierName) {}

  async make(): Promise<this> {
    await bed.admin.query('insert into app.shelf values ($1, $2)', [this.item, this.first]);
    return this;
  }

  amount = async (): Promise<number> =>
    (await bed.admin.query<{ amount: number }>('select amount from app.shelf where name = $1', [this.item])).rows[0]?.amount ?? NaN;

  state = (): Promise<string | null> => bed.stateOf(this.carrier, this.key);

  changeByOthers = (): Promise<unknown> => bed.admin.query('update app.shelf set amount = $2 where name = $1', [this.item, this.first + 5]);

  /** Answers with what came of it: an answer's `how`, 'cut', or the type of the refusal. */
  async order(kind: 'write' | 'undo', cut: Stage | null): Promise<string> {
    const order = { input: { target: 'shop', name: this.item, amount: this.wanted }, step: this.step, effectKey: this.key, token: 1 };
    const attempt = attemptNumber(++this.attempts, {
      at: (stage) => {
        if (stage === cut) throw new Cut();
      },
    });
    const operation = bed.operationOf(this.carrier);
    const answer: Promise<WriteAnswer | UndoAnswer> =
      kind === 'write'
        ? perform(operation, { kind, ...order, buildsOn: [] }, attempt)
        : perform(operation, { kind, operation: 'setAmount', ...order }, attempt);
    return answer.then(
      ({ how }) => how,
      (error: Error & { type?: string }) => (error instanceof Cut ? 'cut' : (error.type ?? String(error))),
    );
  }
}

type Command = { readonly does: 'write' | 'undo'; readonly cut: Stage | null } | { readonly does: 'others' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('write' as const, 'undo' as const), cut: fc.option(fc.constantFrom(...STAGES)) }) },
  { weight: 1, arbitrary: fc.constant({ does: 'others' as const }) },
);

/** What one command may do to the world; anything else is a broken promise. */
async function run(effect: Effect, does: Command): Promise<void> {
  if (does.does === 'others') return void (await effect.changeByOthers());
  const [amount, state] = [await effect.amount(), await effect.state()];
  const how = await effect.order(does.does, does.cut);
  const [now, then] = [await effect.amount(), await effect.state()];
  const unchanged = { now: amount, then: state };
  const dead = ['undoing', 'undone', 'never'];
  if (how === 'done') return expect({ now, then }).toEqual({ now: effect.wanted, then: 'done' });
  if (how === 'found') return expect({ now, then }).toEqual({ now: amount, then: 'done' });
  if (how === 'undone') return expect([then, now === effect.wanted]).toEqual(['undone', false]);
  if (how === 'already') return expect({ now, then }).toEqual(unchanged);
  if (how === 'never') return expect([now, dead.includes(then ?? '')]).toEqual([amount, true]);
  if (how === 'Undone') return expect([now, dead.includes(then ?? ''), does.does]).toEqual([amount, true, 'write']);
  if (how === 'ChangedByOthers') return expect([now, does.does]).toEqual([amount, 'undo']);
  expect(how).toBe('cut');
  // A cut attempt leaves one of the values that it knows, and never undoes what is marked undone.
  expect([amount, effect.wanted, effect.first, effect.first + 5]).toContain(now);
  if (state && ['undone', 'never'].includes(state)) expect({ now, then }).toEqual(unchanged);
}

test.each(CARRIERS)(
  'carrier %s: whatever is cut, undone and changed by others, the ledger and the world agree',
  async (carrier) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), async (commands) => {
        const effect = await new Effect(carrier).make();
        for (const one of commands) await run(effect, one);
        // In the end it is undone, or left to those who changed it; and it stays so, however late an attempt comes.
        const others = commands.some(({ does }) => does === 'others');
        const end = await effect.order('undo', null);
        expect(['undone', 'already', 'never', ...(others ? ['ChangedByOthers'] : [])]).toContain(end);
        const amount = await effect.amount();
        if (!others) expect(amount).toBe(effect.first);
        const late = await effect.order('write', null);
        if (end !== 'ChangedByOthers') expect(late).toBe('Undone');
        expect(await effect.amount()).toBe(amount);
      }),
      { numRuns: 60 },
    );
  },
  120_000,
);

describe.each(CARRIERS)('carrier %s', (carrier) => {
  test.each(STAGES)('cut at "%s" and ordered again, it is made once; cut there in its undo and ordered again, it is undone once', async (stage) => {
    const effect = await new Effect(carrier).make();
    expect(await effect.order('write', stage)).toBe('cut');
    expect(['done', 'found']).toContain(await effect.order('write', null));
    expect([await effect.amount(), await effect.state()]).toEqual([effect.wanted, 'done']);
    expect(await effect.order('undo', stage)).toBe('cut');
    expect(['undone', 'already']).toContain(await effect.order('undo', null));
    expect([await effect.amount(), await effect.state()]).toEqual([effect.first, 'undone']);
    expect(await effect.order('write', null)).toBe('Undone');
  });

  test('what others changed after it is theirs', async () => {
    const effect = await new Effect(carrier).make();
    expect(await effect.order('write', null)).toBe('done');
    await effect.changeByOthers();
    expect(await effect.order('undo', null)).toBe('ChangedByOthers');
    expect([await effect.amount(), await effect.state()]).toEqual([effect.first + 5, 'done']);
  });
});
