import { z } from 'zod';
import { TargetName } from '../../../workflows/contracts/params';
import { defineRunbook, operations } from '../../../workflows/engine';
import type * as shelf from '../operations';
import type { lookOnly, restock } from './shelf';

const { read, readSlow, write } = operations<typeof shelf>();
const header = { system: 'postgres', risk: 'safe', useWhen: ['a test wants it'], covers: [], example: { target: 'shop' } } as const;
const Target = z.object({ target: TargetName });

/** A slow read before its change. */
export const slowLook = defineRunbook(
  { ...header, id: 'slowLook', title: 'Slow look', input: Target.extend({ seconds: z.number().default(0) }) },
  async (run, { target, seconds }) => {
    await run.check('Scan', readSlow.scanShelf({ target, seconds }));
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
  },
);

/** Three reads that each call themselves quick. */
export const lateLooks = defineRunbook(
  { ...header, id: 'lateLooks', title: 'Late looks', input: Target.extend({ seconds: z.number().default(0) }) },
  async (run, { target, seconds }) => {
    for (const name of ['apples', 'pears', 'plums']) await run.check('Look', read.readLate({ target, name, seconds }));
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
  },
);

/** Looks by a child run, then changes by another one. */
export const twoChildren = defineRunbook(
  {
    ...header,
    id: 'twoChildren',
    title: 'Two children',
    risk: 'disruptive',
    input: Target.extend({ apples: z.int().default(10) }),
    approval: { quorum: 1, expiresAfter: '10 minutes', validFor: '30 minutes' },
  },
  async (run, { target, apples }) => {
    const looked = await run.runbook<typeof lookOnly>('Look first', 'lookOnly', { target });
    run.finishIf(looked.outcome !== 'done', 'There was nothing to look at.');
    await run.approve('Restock by a child run');
    await run.runbook<typeof restock>('Restock', 'restock', { target, apples });
  },
);

/** A gate, then a read that may end it, then a change. */
export const readThenChange = defineRunbook(
  {
    ...header,
    id: 'readThenChange',
    title: 'Read, then change',
    risk: 'disruptive',
    input: Target,
    approval: { quorum: 1, expiresAfter: '10 minutes', validFor: '30 minutes' },
  },
  async (run, { target }) => {
    await run.approve('Set pears');
    const { amount } = await run.check('Look', read.readAmount({ target, name: 'apples' }));
    run.finishIf(amount === 0, 'There are no apples.');
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 20 }));
  },
);
