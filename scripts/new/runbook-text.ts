import { camelCase } from '../generate/sources';

/** The words of a kebab-case name as a sentence. */
export const sentenceCase = (kebab: string): string => {
  const words = kebab.replace(/-/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The text of a new runbook: a small one that works, to be rewritten piece by piece. */
export const runbookText = (area: string, name: string): string => `import { z } from 'zod';
import type * as connections from '../../../activities/postgres/connections';
import type * as roles from '../../../activities/postgres/roles';
import { Identifier, TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof connections & typeof roles>();

/** Limits the connections of one role that holds too many: replace this by what the runbook does. */
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
      most: z.int().positive().max(10_000).default(50).describe('how many connections it may hold'),
    }),
    example: { target: 'orders-eu', role: 'web' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
  },
  async (run, { target, role, most }) => {
    const found = await run.check('List the roles by connections', read.listRoleUse({ target }));
    const sessions = found.find((one) => one.role === role)?.sessions ?? 0;
    run.finishIf(sessions <= most, \`\${role} holds \${sessions} connections; that is no more than \${most}.\`);
    await run.approve('Limit the role');
    await run.apply('Limit the role', write.limitRoleConnections({ target, role, limit: most }));
    await run.verify('The limit stands', read.listRoleUse({ target }), (roles) => roles.some((one) => one.role === role && one.limit === most));
    return { advice: [\`The connections above \${most} that \${role} already holds stay until they end.\`] };
  },
);
`;
