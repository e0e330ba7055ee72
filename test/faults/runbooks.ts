import { z } from 'zod';
import type * as roles from '../../activities/postgres/roles';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { defineRunbook, operations } from '../../workflows/engine';
import type * as shelf from '../support/operations';

const { read, write } = operations<typeof shelf & typeof roles>();

/** Limits a role and then fails, so that the operator rolls back. */
export const limitThenFail = defineRunbook(
  {
    id: 'limitThenFail',
    title: 'Limit, then fail',
    system: 'postgres',
    risk: 'safe',
    useWhen: ['a test wants it'],
    covers: [],
    input: z.object({ target: TargetName, role: Identifier, limit: z.int() }),
    example: { target: 'shop', role: 'app', limit: 5 },
    approval: { quorum: 1, expiresAfter: '10 minutes', validFor: '30 minutes' },
  },
  async (run, { target, role, limit }) => {
    await run.apply('Limit the role', write.limitRoleConnections({ target, role, limit }));
    await run.verify('Never so', read.readAmount({ target, name: 'pears' }), (now) => now.amount === -1);
  },
);
