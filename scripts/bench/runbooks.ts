import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { defineRunbook, operations } from '../../workflows/engine';
import type * as stock from './operations';

// The entry of the bundle: the product's own workflows, those of the benchmarks, and the bare workflow that they are compared with.
export * from '../../workflows/index';
export { bare } from './bare-workflow';

const { read, write } = operations<typeof stock>();
const Target = z.object({ target: TargetName });
const header = {
  system: 'postgres',
  useWhen: ['a benchmark runs'],
  covers: [],
  approval: { expiresAfter: '1 hour', validFor: '30 minutes' },
} as const;
const example = { target: 'shop' };

/** Six reads and four writes, each change verified; no gate. */
export const tenSteps = defineRunbook(
  { ...header, id: 'tenSteps', title: 'Ten steps', risk: 'safe', input: Target.extend({ amount: z.int() }), example: { ...example, amount: 1 } },
  async (run, { target, amount }) => {
    const readRow = (name: string) => read.readStock({ target, name });
    const set = (name: string) => write.setStock({ target, name, amount });
    const good = (now: { amount: number }): boolean => now.amount === amount;
    await run.check('Look', readRow('apples'));
    await run.require('There is a stock', readRow('pears'), (now) => now.amount !== amount, 'Ask for another amount.');
    await run.apply('Set apples', set('apples'));
    await run.verify('Apples are set', readRow('apples'), good);
    await run.apply('Set cherries', set('cherries'));
    await run.verify('Cherries are set', readRow('cherries'), good);
    await run.apply('Set pears', set('pears'));
    await run.verify('Pears are set', readRow('pears'), good);
    await run.apply('Set plums', set('plums'));
    await run.verify('Plums are set', readRow('plums'), good);
  },
);

/** A gate, then one change. */
export const gated = defineRunbook(
  {
    ...header,
    id: 'gated',
    title: 'Gated',
    risk: 'disruptive',
    input: Target.extend({ amount: z.int() }),
    example: { ...example, amount: 1 },
  },
  async (run, { target, amount }) => {
    await run.check('Look', read.readStock({ target, name: 'apples' }));
    await run.approve('Set apples');
    await run.apply('Set apples', write.setStock({ target, name: 'apples', amount }));
  },
);

/** One change that takes some seconds. */
export const slowWrite = defineRunbook(
  {
    ...header,
    id: 'slowWrite',
    title: 'Slow write',
    risk: 'safe',
    input: Target.extend({ amount: z.int(), seconds: z.number() }),
    example: { ...example, amount: 1, seconds: 3 },
  },
  async (run, { target, amount, seconds }) => {
    await run.apply('Set apples', write.setStock({ target, name: 'apples', amount, seconds }));
  },
);
