import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILL_IN } from '../../scripts/new/fill-in';
import { ROOT, sourceFiles } from './source-files';

it('nothing that "npm run new" wrote is still to be filled in', () => {
  const left = sourceFiles().flatMap((path) =>
    readFileSync(join(ROOT, path), 'utf8')
      .split('\n')
      .flatMap((line, i) => (line.trimStart().startsWith(`// ${FILL_IN}`) ? [`${path}:${i + 1} ${line.trim().slice(3)}`] : [])),
  );
  expect(left).toEqual([]);
});
