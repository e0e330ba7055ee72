import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes runbooks with a gate each, one without, and the entry of their bundle; returns the ids of those with a gate. */
export function generateRunbooks(folder: string, count: number): { entry: string; ids: string[] } {
  const ids = Array.from({ length: count }, (_, i) => `generated${i + 1}`);
  for (const id of ids) writeFileSync(join(folder, `${id}.js`), moduleOf(id, 'disruptive'));
  writeFileSync(join(folder, 'generatedSafe.js'), moduleOf('generatedSafe', 'safe'));
  const entry = join(folder, 'index.js');
  const all = [...ids.map((id) => `./${id}.js`), './generatedSafe.js', require.resolve('../../workflows/index')];
  writeFileSync(entry, `module.exports = Object.assign({}, ${all.map((path) => `require(${JSON.stringify(path)})`).join(', ')});\n`);
  return { entry, ids };
}

// Outside the project nothing is found by its name, so every module is named by its path.
const moduleOf = (id: string, risk: 'safe' | 'disruptive'): string => `
const { z } = require(${JSON.stringify(require.resolve('zod'))});
const { defineRunbook, operations } = require(${JSON.stringify(require.resolve('../../workflows/engine'))});
const { TargetName } = require(${JSON.stringify(require.resolve('../../workflows/contracts/params'))});
const { read, write } = operations();
exports.${id} = defineRunbook(
  {
    id: '${id}',
    title: 'Runbook ${id}',
    system: 'postgres',
    risk: '${risk}',
    useWhen: ['a benchmark needs many headers', 'the memory of ${id} is measured'],
    covers: [],
    approval: { quorum: 1, expiresAfter: '2 hours', validFor: '30 minutes' },
    input: z.object({
      target: TargetName,
      name: z.string().min(1).max(63).describe('the item'),
      amount: z.int().min(0).describe('its new amount'),
      schema: z.string().default('bench').describe('where it is'),
      owner: z.enum(['app', 'batch', 'report']).default('app'),
      comment: z.string().max(1000).optional(),
      tags: z.array(z.string()).max(20).default([]),
      limits: z.object({ rows: z.int().default(1000), within: z.string().default('30 seconds') }).prefault({}),
    }),
    example: { target: 'shop', name: 'apples', amount: 1 },
  },
  async (run, { target, name, amount }) => {
    await run.check('Look', read.readStock({ target, name }));
    ${risk === 'safe' ? '' : `await run.approve('Set the amount');`}
    await run.apply('Set the amount', write.setStock({ target, name, amount }));
  },
);
`;
