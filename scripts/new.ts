import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { planFiles } from './new/planned-files';
import { projectRoot } from './parts/project-root';

// `npm run new -- runbook <area> <kebab-name>` or `npm run new -- operation <area> <file> <name>`.
const root = projectRoot();
const { problems, files, next } = planFiles(root, process.argv.slice(2));
const run = (...args: readonly string[]): void => void spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

if (problems.length) {
  console.error(problems.join('\n'));
  process.exitCode = 2;
} else {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
  run('node_modules/prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', ...files.map(({ path }) => path));
  run('scripts/run-typescript.mjs', 'scripts/generate.ts');
  console.log(['', 'Next:', ...next.map((step, i) => `  ${i + 1}. ${step}`)].join('\n'));
}
