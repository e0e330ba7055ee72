import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { planFiles } from './new/planned-files';
import { projectRoot } from './parts/project-root';

// `npm run new -- runbook <area> <kebab-name>` or `npm run new -- operation <area> <file> <name>`.
const root = projectRoot();
const { problems, files, next } = planFiles(root, process.argv.slice(2));

if (problems.length) {
  console.error(problems.join('\n'));
  process.exitCode = 2;
} else {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    // Never over a file that somebody made meanwhile.
    writeFileSync(join(root, path), text, { flag: 'wx' });
    console.log(`wrote ${path}`);
  }
  spawnSync(process.execPath, [join(root, 'dist/scripts/generate.js')], { cwd: root, stdio: 'inherit' });
  console.log(['', 'Next:', ...next.map((step, i) => `  ${i + 1}. ${step}`)].join('\n'));
}
