import { loadRunbooks } from '../../scripts/generate/sources';
import { RUN_OPTIONS } from '../../workflows/contracts/params';
import { ROOT } from './source-files';

it('no runbook takes an input that every run takes', async () => {
  const taken = (await loadRunbooks(ROOT)).flatMap(({ header }) =>
    Object.keys(header.input.shape)
      .filter((name) => RUN_OPTIONS.includes(name))
      .map((name) => `${header.id}.${name}`),
  );
  expect(RUN_OPTIONS).toContain('reason');
  expect(taken).toEqual([]);
});

it('every runbook has a target', async () => {
  const without = (await loadRunbooks(ROOT)).filter(({ header }) => !('target' in header.input.shape));
  expect(without.map(({ header }) => header.id)).toEqual([]);
});
