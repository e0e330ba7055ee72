import { z } from 'zod';
import { TargetName } from '../../../workflows/contracts/params';
import { defineRunbook, operations, type Run } from '../../../workflows/engine';
import type * as shelf from '../operations';

const { read, readSlow: scan, write } = operations<typeof shelf>();
const header = {
  system: 'postgres',
  useWhen: ['a test wants it'],
  covers: [],
  approval: { quorum: 1, expiresAfter: '10 minutes', validFor: '30 minutes' },
} as const;
const example = { target: 'shop' };
const Target = z.object({ target: TargetName });

/** Two changes behind a gate, verified. */
export const restock = defineRunbook(
  {
    ...header,
    id: 'restock',
    title: 'Restock',
    risk: 'disruptive',
    input: Target.extend({ apples: z.int().default(10), pears: z.int().default(20), expect: z.int().optional(), sleep: z.number().optional() }),
    example,
  },
  async (run, { target, apples, pears, expect, sleep }) => {
    await run.check('Look', { apples: read.readAmount({ target, name: 'apples' }), pears: read.readAmount({ target, name: 'pears' }) });
    await run.approve('Restock');
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: apples }));
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: pears, ...(sleep ? { sleep } : {}) }));
    await run.verify('Apples are there', read.readAmount({ target, name: 'apples' }), (now) => now.amount === (expect ?? apples));
  },
);

/** Changes without a gate. */
export const count = defineRunbook(
  { ...header, id: 'count', title: 'Count', risk: 'safe', input: Target.extend({ times: z.int().max(50).default(2) }), example },
  async (run, { target, times }) => {
    for (let i = 1; i <= times; i++) await run.apply('Add one', write.addOne({ target, name: 'apples' }));
  },
);

/** A bracket with a change inside and one after it. */
export const bracket = defineRunbook(
  {
    ...header,
    id: 'bracket',
    title: 'Bracket',
    risk: 'safe',
    input: Target.extend({ wait: z.string().optional(), failAfter: z.boolean().default(false), early: z.boolean().default(false) }),
    example,
  },
  async (run, { target, wait, failAfter, early }) => {
    await run.during('Apples set aside', write.setAmount({ target, name: 'apples', amount: 0 }), async () => {
      await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 5 }));
      if (early) run.finishIf(true, 'Enough for today.');
      if (wait)
        await run.waitUntil('Wait', { every: '1 second', timeout: wait }, read.readAmount({ target, name: 'plums' }), (now) => now.amount === 1);
    });
    if (failAfter) await run.verify('Never so', read.readAmount({ target, name: 'pears' }), (now) => now.amount === -1);
  },
);

/** Past the point of no return. */
export const close = defineRunbook(
  { ...header, id: 'close', title: 'Close', risk: 'irreversible', input: Target.extend({ name: z.string().default('apples') }), example },
  async (run, { target, name }) => {
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 7 }));
    await run.approve('Close it');
    await run.apply('Close the shelf', write.closeShelf({ target, name }));
    await run.waitUntil('Wait', { every: '1 second', timeout: '5 minutes' }, read.readAmount({ target, name: 'plums' }), (now) => now.amount === 1);
  },
);

export const dropForGood = defineRunbook(
  {
    ...header,
    id: 'dropForGood',
    title: 'Drop permanently',
    risk: 'irreversible',
    input: Target,
    example,
    approval: { ...header.approval, quorum: 2, fourEyes: true },
  },
  async (run, { target }) => {
    await run.approve('Drop the plums');
    await run.irreversible('Drop the plums', write.dropItem({ target, name: 'plums' }));
  },
);

export const settings = defineRunbook(
  {
    ...header,
    id: 'settings',
    title: 'Settings',
    risk: 'safe',
    input: Target.extend({ value: z.string().default('5MB'), then: z.enum(['end', 'fail']).default('end') }),
    example,
  },
  async (run, { target, value, then }) => {
    await run.apply('Set work_mem', write.setClusterSetting({ target, value }));
    if (then === 'fail') await run.verify('Never so', read.readAmount({ target, name: 'pears' }), (now) => now.amount === -1);
  },
);

export const parentRun = defineRunbook(
  {
    ...header,
    id: 'parentRun',
    title: 'Parent run',
    risk: 'disruptive',
    input: Target.extend({ fail: z.boolean().default(false), childOn: TargetName.optional() }),
    example,
  },
  async (run, { target, fail, childOn = target }) => {
    await run.approve('Do both');
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 1 }));
    await run.runbook<typeof count>('Count in between', 'count', { target: childOn, times: 1 });
    if (fail) await run.verify('Never so', read.readAmount({ target, name: 'pears' }), (now) => now.amount === -1);
  },
);

export const lookOnly = defineRunbook(
  { ...header, id: 'lookOnly', title: 'Look only', risk: 'read-only', input: Target.extend({ seconds: z.number().default(0) }), example },
  async (run, { target, seconds }) => {
    await run.check('Scan', scan.scanShelf({ target, seconds }));
    await run.require('There are apples', read.readAmount({ target, name: 'apples' }), (now) => now.amount !== null, 'Buy some.');
  },
);

/** Defects that a runbook can have. */
export const defective = defineRunbook(
  {
    ...header,
    id: 'defective',
    title: 'Defective',
    risk: 'safe',
    input: Target.extend({ how: z.enum(['type error', 'unawaited', 'overlapping', 'irreversible ungated']) }),
    example: { ...example, how: 'type error' },
  },
  async (run, { target, how }) => {
    if (how === 'irreversible ungated') await run.irreversible('Drop', write.dropItem({ target, name: 'plums' }));
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 3 }));
    const sneaky: Run = run;
    if (how === 'unawaited') void sneaky.check('Look', read.readAmount({ target, name: 'pears' })).catch(() => undefined);
    if (how === 'overlapping')
      await Promise.all([run.check('One', read.readAmount({ target, name: 'pears' })), run.check('Two', read.readAmount({ target, name: 'pears' }))]);
    const live = await run.check('Look again', read.readAmount({ target, name: 'pears' }));
    if (how === 'type error' && live.amount === 3) (undefined as unknown as () => void)();
  },
);
