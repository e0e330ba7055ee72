import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './parts/project-root';

// `npm run record -- <kebab-name>…` records the histories of these runbooks for the replay test; without names those of all.
const root = projectRoot();
const names = process.argv.slice(2);
const files = names.length ? names.map((name) => `test/runbooks/[^/]+/${name}\\.test\\.ts$`) : ['test/runbooks/'];

const { status } = spawnSync(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), '--testNamePattern', 'happy path', ...files], {
  cwd: root,
  env: { ...process.env, RECORD_HISTORIES: '1' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
