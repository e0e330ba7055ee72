import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURES } from '../../workflows/contracts/failures';
import { ROOT } from './source-files';

const rows = readFileSync(join(ROOT, 'docs/failures.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('every failure is documented, in the order of the code, and nothing else is', () => {
  expect(rows.map((cells) => cells[1]?.replace(/`/g, ''))).toEqual(Object.keys(FAILURES));
});

it('every failure has a meaning and a next step', () => {
  expect(rows.filter((cells) => cells.length !== 5 || !cells[2] || !cells[3])).toEqual([]);
});
