import { z } from 'zod';
import { TargetName } from '../../../workflows/contracts/params';
import { defineRunbook, operations } from '../../../workflows/engine';
import type * as shelf from '../operations';

const { read, write } = operations<typeof shelf>();
const header = { system: 'postgres', risk: 'disruptive', useWhen: ['a test wants it'], covers: [], example: { target: 'shop' } } as const;
const input = z.object({ target: TargetName });
const wait = { every: '1 second', timeout: '5 minutes' } as const;

/** An approval that is soon too old, with a wait between two changes. */
export const hastyApproval = defineRunbook(
  { ...header, id: 'hastyApproval', title: 'Hasty approval', input, approval: { expiresAfter: '10 minutes', validFor: '1 second' } },
  async (run, { target }) => {
    await run.approve('Set both');
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
    await run.waitUntil('Wait', wait, read.readAmount({ target, name: 'plums' }), (now) => now.amount === 1);
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 20 }));
  },
);

/** A gate for two people that closes soon, after a change. */
export const hastyGate = defineRunbook(
  { ...header, id: 'hastyGate', title: 'Hasty gate', input, approval: { quorum: 2, expiresAfter: '2 seconds', validFor: '30 minutes' } },
  async (run, { target }) => {
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
    await run.approve('Set pears too');
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 20 }));
  },
);

/** A gate with choices. */
export const choosing = defineRunbook(
  { ...header, id: 'choosing', title: 'Choosing', input, approval: { expiresAfter: '10 minutes', validFor: '30 minutes' } },
  async (run, { target }) => {
    const name = await run.approve('Which one?', { choices: ['apples', 'pears'] });
    await run.apply('Set it', write.setAmount({ target, name: name === 'pears' ? 'pears' : 'apples', amount: 10 }));
  },
);

/** A wait with a short deadline. */
export const hastyWait = defineRunbook({ ...header, id: 'hastyWait', title: 'Hasty wait', risk: 'safe', input }, async (run, { target }) => {
  await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
  await run.waitUntil('Wait', { every: '1 second', timeout: '2 seconds' }, read.readAmount({ target, name: 'plums' }), (now) => now.amount === 1);
  await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 20 }));
});

/** A disruptive change without a gate. */
export const ungated = defineRunbook({ ...header, id: 'ungated', title: 'Ungated', input }, async (run, { target }) => {
  await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
});

/** A gate that its own rule waives. */
export const waiving = defineRunbook({ ...header, id: 'waiving', title: 'Waiving', input }, async (run, { target }) => {
  await run.approve('Set apples', { unless: true });
  await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
});

/** Two gates on one plan. */
export const twoGates = defineRunbook(
  { ...header, id: 'twoGates', title: 'Two gates', input, approval: { expiresAfter: '10 minutes', validFor: '30 minutes' } },
  async (run, { target }) => {
    await run.approve('Set apples');
    await run.apply('Set apples', write.setAmount({ target, name: 'apples', amount: 10 }));
    await run.approve('Set pears');
    await run.apply('Set pears', write.setAmount({ target, name: 'pears', amount: 20 }));
  },
);
