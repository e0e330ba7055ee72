import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogueEntry } from '../../../workers/catalogue/catalogue';
import { parseValue } from '../../../workers/catalogue/parse-value';
import { inputOf } from '../../../workers/cli/runs/typed-input';

const entry: CatalogueEntry = {
  id: 'limitThings',
  title: 'Limit things',
  system: 'postgres',
  risk: 'disruptive',
  useWhen: [],
  covers: [],
  example: { target: 'orders-eu', limit: 5 },
  input: {
    properties: {
      target: { type: 'string' },
      limit: { type: 'integer' },
      share: { type: 'number', default: 0.5 },
      force: { type: 'boolean' },
      roles: { type: 'array', items: { type: 'string' } },
      state: { enum: ['idle', 'active'] },
      keep: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['target', 'limit'],
  },
};
const messageOf = (given: Parameters<typeof inputOf>[1]): string => {
  try {
    inputOf(entry, given);
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('parseValue', () => {
  it.each([
    ['5', { type: 'integer' }, 5],
    ['0.5', { type: 'number' }, 0.5],
    ['true', { type: 'boolean' }, true],
    ['5', { type: 'string' }, '5'],
    ['a=b, c', { type: 'string' }, 'a=b, c'],
    ['a, b', { type: 'array', items: { type: 'string' } }, ['a', 'b']],
    ['1,2', { type: 'array', items: { type: 'integer' } }, [1, 2]],
    ['["a,b"]', { type: 'array', items: { type: 'string' } }, ['a,b']],
    ['', { type: 'array', items: { type: 'string' } }, []],
    ['{"a":1}', { type: 'object' }, { a: 1 }],
    ['null', { anyOf: [{ type: 'string' }, { type: 'null' }] }, null],
    ['none', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'none'],
    ['idle', { enum: ['idle', 'active'] }, 'idle'],
  ])('%j by %j is %j', (text, schema, value) => expect(parseValue(text, schema)).toEqual({ value }));

  it.each([
    ['1.5', { type: 'integer' }],
    ['', { type: 'number' }],
    ['yes', { type: 'boolean' }],
    ['[1', { type: 'array' }],
    ['[]', { type: 'object' }],
    ['idel', { enum: ['idle', 'active'] }],
  ])('%j by %j is a problem', (text, schema) => expect(parseValue(text, schema)).toHaveProperty('problem'));
});

describe('inputOf', () => {
  it('merges --input, --set and --target, the later ones winning', () => {
    expect(inputOf(entry, { input: '{"target":"a","limit":1,"force":false}', set: ['limit=7', 'force=true'], target: 'orders-us' })).toEqual({
      target: 'orders-us',
      limit: 7,
      force: true,
    });
  });

  it('reads --input from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cli-'));
    const path = join(folder, 'input.json');
    writeFileSync(path, '{"target":"a","limit":1}');
    expect(inputOf(entry, { input: `@${path}` })).toEqual({ target: 'a', limit: 1 });
    rmSync(folder, { recursive: true });
  });

  it('names every problem, with what was meant', () => {
    const message = messageOf({ set: ['limt=5', 'force=perhaps', 'nothing'] });
    expect(message).toContain('limt: limitThings takes no such input. Did you mean limit?');
    expect(message).toContain('force: "perhaps" is neither true nor false');
    expect(message).toContain('--set nothing: write key=value');
    expect(message).toContain('target: it is needed (--target <name>)');
    expect(message).toContain('Example: {"target":"orders-eu","limit":5}');
  });

  it('refuses values of the wrong JSON type, and what is no object', () => {
    expect(messageOf({ input: '{"target":"a","limit":"5"}' })).toContain('limit: integer is needed, and string came');
    expect(messageOf({ input: '[1]' })).toContain('one JSON object is needed');
    expect(messageOf({ input: '@/no/such/file' })).toContain('cannot be read');
  });

  it('takes a whole number where a number is wanted', () =>
    expect(inputOf(entry, { input: '{"target":"a","limit":1,"share":1}' })).toMatchObject({ share: 1 }));
});
