import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillFromDemo } from '../../../workers/cli/terminal/config';
import { packageRoot } from '../../../workers/catalogue/package-root';
import { checkMessage } from '../../../workers/cli/runs/send-message';
import { spanOption } from '../../../workers/cli/terminal/spans';
import { whoAsks } from '../../../workers/cli/runs/who';

const folder = mkdtempSync(join(tmpdir(), 'cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('finds the package from sources and from dist', () => {
  const deep = join(folder, 'dist', 'workers', 'cli');
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  expect(packageRoot(deep)).toBe(folder);
  expect(packageRoot()).toBe(join(__dirname, '..', '..', '..'));
});

it('takes from the demo only what is not set', () => {
  const path = join(folder, 'environment.json');
  writeFileSync(path, '{"A":"demo","B":"demo"}');
  const environment: NodeJS.ProcessEnv = { A: 'mine' };
  expect(fillFromDemo(environment, path)).toEqual(['B']);
  expect(environment).toEqual({ A: 'mine', B: 'demo' });
  expect(fillFromDemo({ TEMPORAL_ADDRESS: 'elsewhere:7233' }, path)).toEqual([]);
  writeFileSync(path, '{"A":');
  expect(fillFromDemo({}, path)).toEqual([]);
});

it('knows who asks', () => {
  expect(whoAsks('ann', {})).toBe('ann');
  expect(whoAsks(undefined, { RUNBOOK_BY: 'bob' })).toBe('bob');
  expect(whoAsks(undefined, {})).not.toBe('');
  expect(() => whoAsks('a\nb', {})).toThrow('Nobody is named');
});

it('reads spans in words and in short', async () => {
  expect(await spanOption('--wait', '90 seconds')).toBe(90_000);
  expect(await spanOption('--wait', '15m')).toBe(900_000);
  await expect(spanOption('--wait', 'soon')).rejects.toThrow('--wait: "soon" is no span');
});

it('checks a message before it is sent', () => {
  expect(checkMessage('approve', { plan: '1A2B3C4D', gate: 1, by: 'ann', comment: undefined })).toEqual({ plan: '1a2b3c4d', gate: 1, by: 'ann' });
  expect(() => checkMessage('approve', { plan: 'xyz', gate: 1, by: 'ann' })).toThrow('--plan: give 8 or more hex digits');
});
