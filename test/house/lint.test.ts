import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './source-files';

const RUNBOOK = 'workflows/runbooks/postgres/fixture.ts';
const flow = (body: string): string => `export const flow = async (run: Run): Promise<void> => {\n${body}\n};\n`;

const CASES: readonly { readonly what: string; readonly path: string; readonly text: string; readonly says: RegExp | null }[] = [
  { what: 'an awaited verb', path: RUNBOOK, text: flow(`await run.check('a', {}); run.finishIf(true, 'b');`), says: null },
  { what: 'a returned verb', path: RUNBOOK, text: `export const flow = async (run: Run) => run.check('a', {});\n`, says: null },
  { what: 'a verb that nobody awaits', path: RUNBOOK, text: flow(`run.check('a', {});`), says: /await or return/ },
  { what: 'a verb kept for later', path: RUNBOOK, text: flow(`const later = run.check('a', {}); await later;`), says: /await or return/ },
  { what: 'verbs side by side', path: RUNBOOK, text: flow(`await Promise.all([run.check('a', {})]);`), says: /await or return/ },
  { what: 'a caught verb', path: RUNBOOK, text: flow(`await run.check('a', {}).catch(() => null);`), says: /await or return/ },
  { what: 'try and catch', path: RUNBOOK, text: flow(`try { await run.check('a', {}); } catch { return; }`), says: /catches nothing/ },
  { what: 'a random value', path: RUNBOOK, text: flow(`await run.check('a', Math.random());`), says: /no random values/ },
  { what: 'the clock', path: RUNBOOK, text: flow(`await run.check('a', Date.now());`), says: /run\.startedAt/ },
  { what: 'a date, even of a given time', path: RUNBOOK, text: flow(`await run.check('a', new Date(run.startedAt));`), says: /no clock/ },
  { what: 'a timer', path: RUNBOOK, text: flow(`setTimeout(() => undefined, 1);`), says: /run\.waitUntil/ },
  { what: 'module state', path: RUNBOOK, text: `let seen = 0;\nexport const next = (): number => seen++;\n`, says: /shared by all runs/ },
  { what: 'exported module state', path: RUNBOOK, text: `export let seen = 0;\nseen++;\n`, says: /shared by all runs/ },
  { what: 'the environment', path: RUNBOOK, text: `export const home = process.env['HOME'];\n`, says: /no-restricted-globals/ },
  { what: 'the clock in the engine', path: 'workflows/engine/fixture.ts', text: `export const now = (): number => Date.now();\n`, says: null },
  {
    what: 'the environment in the engine',
    path: 'workflows/engine/fixture.ts',
    text: `export const home = process.env['HOME'];\n`,
    says: /no-restricted-globals/,
  },
  {
    what: 'the clock in a contract',
    path: 'workflows/contracts/fixture.ts',
    text: `export const now = (): number => Date.now();\n`,
    says: /run\.startedAt/,
  },
  { what: 'a default export', path: 'activities/sql/fixture.ts', text: `export default 1;\n`, says: /by name/ },
  {
    what: 'a type imported as a value',
    path: 'activities/sql/fixture.ts',
    text: `import { A } from './a';\nexport const a = null as A | null;\n`,
    says: /import type|only used as types/,
  },
];

interface Linted {
  readonly answers: readonly (readonly string[])[];
  readonly floatingPromises: number;
}

let linted: Linted;
beforeAll(() => {
  const done = spawnSync(process.execPath, [join(__dirname, 'lint-texts.mjs')], { cwd: ROOT, input: JSON.stringify(CASES), encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  linted = JSON.parse(done.stdout) as Linted;
});

it.each(CASES.map((one, i) => ({ ...one, i })))('$what in $path', ({ says, i }) => {
  const messages = linted.answers[i] ?? ['never linted'];
  if (says === null) expect(messages).toEqual([]);
  else expect(messages.join('\n')).toMatch(says);
});

it('refuses promises that nobody awaits, everywhere', () => {
  expect(linted.floatingPromises).toBe(2);
});
