import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { startWorld, runHandle, type RunHandle, type World } from '../support/world';

let world: World;
let number = 0;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

/** Starts a workflow type with any arguments, as a careless or hostile client can. */
async function started(type: string, args: unknown[]): Promise<RunHandle> {
  const id = `bad/${++number}`;
  return runHandle(await world.client.workflow.start(type, { workflowId: id, taskQueue: world.taskQueue, args }), id);
}

const shop = { target: 'shop' };
const long = (length: number): string => 'x'.repeat(length);
const trgm = { ...shop, extension: 'pg_trgm', to: '1.6', by: 'rita' };

test.each<[what: string, type: string, args: unknown[], failure: string, words: string[]]>([
  ['an empty body', 'restock', [], 'InvalidInput', ['one JSON object is expected, and nothing came', 'Example: {"target":"shop"']],
  ['null', 'restock', [null], 'InvalidInput', ['one JSON object is expected, and null came']],
  ['a list', 'restock', [[shop]], 'InvalidInput', ['and a list came']],
  ['a text', 'restock', ['target: shop'], 'InvalidInput', ['and a string came']],
  ['a number', 'restock', [7], 'InvalidInput', ['and a number came']],
  ['no target', 'restock', [{ apples: 1 }], 'InvalidInput', ['target: ']],
  ['a target of another type', 'restock', [{ target: ['shop'] }], 'InvalidInput', ['target: ']],
  ['a hostile target', 'restock', [{ target: `shop'; drop table app.shelf; --` }], 'InvalidInput', ['target: a target name has lower-case letters']],
  ['a target with a zero byte', 'restock', [{ target: 'shop\0' }], 'InvalidInput', ['target: a target name']],
  ['a target name that is too long', 'restock', [{ target: long(64) }], 'InvalidInput', ['target: a target name']],
  ['a connection string as target', 'restock', [{ target: 'postgres://root:secret@db/shop' }], 'InvalidInput', ['target: a target name']],
  ['an unknown target', 'restock', [{ target: 'shopp' }], 'UnknownTarget', ['No target "shopp"', 'Did you mean shop?', 'Known: shop.']],
  ['an unknown key', 'restock', [{ ...shop, aples: 3 }], 'InvalidInput', ['aples']],
  ['a key from the prototype', 'restock', [JSON.parse('{"target":"shop","__proto__":{"mode":"plan"}}')], 'InvalidInput', ['__proto__']],
  ['a wrong type', 'restock', [{ ...shop, apples: 'ten' }], 'InvalidInput', ['apples: ', 'number']],
  ['a null in a field', 'restock', [{ ...shop, apples: null }], 'InvalidInput', ['apples: ']],
  ['a fraction', 'restock', [{ ...shop, apples: 1.5 }], 'InvalidInput', ['apples: ']],
  ['a number that is too large', 'count', [{ ...shop, times: 51 }], 'InvalidInput', ['times: ']],
  ['an unknown mode', 'restock', [{ ...shop, mode: 'dry' }], 'InvalidInput', ['mode: ', 'execute', 'plan']],
  ['a forged parent', 'restock', [{ ...shop, parent: { workflowId: 'x', token: 99, plan: null } }], 'InvalidInput', ['only a parent run may set it']],
  ['a parent of another shape', 'restock', [{ ...shop, parent: 'x' }], 'InvalidInput', ['parent: ']],
  ['a name on two lines', 'restock', [{ ...shop, by: 'rita\nApproved by olga' }], 'InvalidInput', ['by: a name stands on one line']],
  ['a name that is too long', 'restock', [{ ...shop, by: long(101) }], 'InvalidInput', ['by: ']],
  ['nobody who asks, where somebody else must approve', 'dropForGood', [{ target: 'shop' }], 'InvalidInput', ['by: the requester may not approve']],
  ['case O3: nobody who asks for what cannot be undone', 'close', [shop], 'InvalidInput', ['by: this runbook has a step that cannot be undone']],
  ['an empty reason', 'restock', [{ ...shop, reason: '  ' }], 'InvalidInput', ['reason: a reason is needed']],
  ['an episode that is too long', 'restock', [{ ...shop, episode: long(201) }], 'InvalidInput', ['episode: ']],
  [
    'a hostile span',
    'relieveConnectionExhaustion',
    [{ ...shop, idleLongerThan: `1'; drop table app.shelf; --` }],
    'InvalidInput',
    ['idleLongerThan: a span is'],
  ],
  [
    'an identifier with a zero byte',
    'upgradeExtension',
    [{ ...trgm, extension: 'pg\0trgm' }],
    'InvalidInput',
    ['extension: an identifier has 1 to 63'],
  ],
  ['an identifier that is too long', 'upgradeExtension', [{ ...trgm, extension: 'é'.repeat(32) }], 'InvalidInput', ['extension: an identifier']],
  ['an extension that nobody has', 'upgradeExtension', [{ ...trgm, extension: 'nope' }], 'PreconditionUnmet', ['pg_extension']],
  ['a hostile identifier', 'upgradeExtension', [{ ...trgm, extension: 'x"; drop table app.shelf; --' }], 'PreconditionUnmet', ['pg_extension']],
  ['a hostile version', 'upgradeExtension', [{ ...trgm, to: `1.6'; drop table app.shelf` }], 'InvalidInput', ['to: a version has letters']],
  ['an unknown runbook', 'upgradeExtention', [shop], 'UnknownRunbook', ['No runbook is named "upgradeExtention"', 'Did you mean upgradeExtension?']],
  [
    'everything at once',
    'restock',
    [{ target: 'Shop', apples: 'x', pears: [], aples: 1, mode: 'dry', by: '', reason: 5 }],
    'InvalidInput',
    ['target: ', 'apples: ', 'pears: ', 'aples', 'mode: ', 'by: ', 'reason: ', 'Example: '],
  ],
])('%s is refused at once, in words', async (_, type, args, failure, words) => {
  const refused = await (await started(type, args)).failure();
  expect(refused.type).toBe(failure);
  for (const word of words) expect(refused.message).toContain(word);
  expect(refused.message).not.toMatch(/\n\s+at /);
});

test('input that cannot be decoded is refused in words', async () => {
  await world.client.workflowService.startWorkflowExecution({
    namespace: world.namespace,
    workflowId: 'bad/undecodable',
    workflowType: { name: 'restock' },
    taskQueue: { name: world.taskQueue },
    requestId: 'undecodable',
    input: { payloads: [odd] },
  });
  const refused = await runHandle(world.client.workflow.getHandle('bad/undecodable'), 'bad/undecodable').failure();
  expect(refused).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('send one JSON object with encoding json/plain') });
});

test('a second start of the same id is refused while the first runs, and the first is not disturbed', async () => {
  const run = await world.start('restock', {}, 'restock/twice');
  await expect(world.start('restock', { apples: 99 }, 'restock/twice')).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
  await run.approve();
  expect((await run.result()).outcome).toBe('done');
});

const odd = { metadata: { encoding: Buffer.from('json/protobuf') }, data: Buffer.from('{"by":') };
const broken = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"by":') };

const BAD: [what: string, message: unknown, words: string][] = [
  ['null', null, 'input: '],
  ['a list', [{ plan: '12345678', by: 'olga' }], 'input: '],
  ['a text', 'yes', 'input: '],
  ['an empty object', {}, 'plan: '],
  ['too few digits', { plan: '1234567', by: 'olga' }, 'plan: give 8 or more hex digits'],
  ['no digits', { plan: 'zzzzzzzz', by: 'olga' }, 'plan: give 8 or more hex digits'],
  ['an old plan', { plan: '00000000', gate: 1, by: 'olga' }, 'names another plan than the current one'],
  ['no gate', { plan: '00000000', by: 'olga' }, 'gate: '],
  ['a gate by its title', { plan: '00000000', gate: 'Restock', by: 'olga' }, 'gate: '],
  ['no name', { plan: '00000000', gate: 1 }, 'by: '],
  ['an empty name', { plan: '00000000', by: ' ' }, 'by: a name is needed'],
  ['a name of another type', { plan: '00000000', by: { name: 'olga' } }, 'by: '],
  ['an unknown key', { plan: '00000000', gate: 1, by: 'olga', force: true }, 'force'],
];

describe('messages', () => {
  let run: RunHandle;
  beforeAll(async () => {
    run = await world.start('restock', {}, 'restock/messages');
    await run.until((now) => now.gate !== null);
  });

  test.each(BAD)('an approval with %s is refused, as Update and as Signal', async (_, message, words) => {
    await expect(run.handle.executeUpdate('approve', { args: [message] })).rejects.toMatchObject({
      cause: { type: 'Refused', message: expect.stringContaining(words) },
    });
    const before = refusals(await run.report());
    await run.handle.signal('approve', message);
    const after = await refusalAfter(before.length);
    expect(after.at(-1)?.note).toContain(words);
  });

  test.each([
    ['an encoding that nobody reads', odd],
    ['broken JSON', broken],
  ])('a signal with %s is noted and disturbs nothing', async (_, payload) => {
    const before = refusals(await run.report());
    await world.client.workflowService.signalWorkflowExecution({
      namespace: world.namespace,
      workflowExecution: { workflowId: run.id },
      signalName: 'approve',
      input: { payloads: [payload] },
    });
    expect((await refusalAfter(before.length)).at(-1)?.note).toContain('The input cannot be read');
  });

  test('unknown messages and choices that do not fit are refused', async () => {
    await run.handle.signal('aprove', { by: 'olga' });
    await expect(run.handle.executeUpdate('aprove', { args: [{}] })).rejects.toThrow();
    await expect(run.handle.query('stats')).rejects.toThrow(/stats/);
    for (const [kind, words] of [
      ['retry', 'nothing to retry'],
      ['skip', 'nothing to skip'],
      ['resume', 'not paused'],
    ] as const)
      await expect(run.send(kind, { by: 'olga', reason: 'x' })).rejects.toMatchObject({ cause: { message: expect.stringContaining(words) } });
    await expect(run.send('reject', { by: 'olga' })).rejects.toMatchObject({ cause: { message: expect.stringContaining('reason: ') } });
  });

  test('after all of it the run ends well, and its record counts no refused decision', async () => {
    await run.approve();
    expect((await run.result()).outcome).toBe('done');
    expect((await run.report()).decisions.map((made) => made.kind)).toEqual(['approve']);
    await expect(run.send('approve', { plan: '00000000', by: 'olga' })).rejects.toThrow();
  });

  const refusals = (report: Awaited<ReturnType<RunHandle['report']>>) => report.steps.filter((step) => step.title.startsWith('Refused'));

  async function refusalAfter(count: number) {
    await run.until(() => true);
    for (let look = 0; look < 100; look++) {
      const now = refusals(await run.report());
      if (now.length > count) return now;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('The signal was not noted.');
  }
});

test('nothing of all this has changed the target', async () => {
  const { rows } = await world.admin.query<{ count: string }>('select count(*) from app.shelf');
  expect(rows[0]?.count).toBe('3');
});
