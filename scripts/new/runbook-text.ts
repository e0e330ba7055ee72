import { camelCase } from '../generate/sources';
import { FILL_IN } from './fill-in';

/** The words of a kebab-case name as a sentence. */
const sentenceCase = (kebab: string): string => {
  const words = kebab.replace(/-/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The text of a new runbook: a small one that works, to be rewritten piece by piece. */
export const runbookText = (area: string, name: string): string => `import { z } from 'zod';
import type * as roles from '../../../activities/postgres/roles';
import { Identifier, TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof roles>();

// ${FILL_IN} the header: when an operator should reach for it, what it takes, how much harm it can do, which procedures of docs/procedures.json it covers.
export const ${camelCase(name)} = defineRunbook(
  {
    id: '${camelCase(name)}',
    title: '${sentenceCase(name)}',
    system: '${area}',
    risk: 'disruptive',
    useWhen: ['one role holds most of the connections'],
    covers: [],
    input: z.object({
      target: TargetName,
      role: Identifier.describe('the role that holds too many connections'),
      limit: z.int().positive().max(10_000).default(50).describe('how many connections it may hold'),
    }),
    example: { target: 'orders-eu', role: 'web' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
  },
  // ${FILL_IN} the flow: look, ask, change, verify. The last change is followed by a verification that can say no.
  async (run, { target, role, limit }) => {
    const found = await run.check('Find the limit of the role', read.findRoleLimit({ target, role }));
    run.finishIf(found?.limit === limit, \`\${role} is limited to \${limit} connections already.\`);
    await run.approve('Limit the role');
    await run.apply('Limit the role', write.limitRoleConnections({ target, role, limit }));
    await run.verify('The limit is set', read.findRoleLimit({ target, role }), (now) => now?.limit === limit);
    return { advice: [\`Connections above \${limit} that \${role} already holds stay open until they end.\`] };
  },
);
`;
