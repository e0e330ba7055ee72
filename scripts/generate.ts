import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogueFiles, isStale, listFiles, type GeneratedFile } from './generate/files';
import { projectRoot } from './parts/project-root';

// `npm run generate` writes the generated files that are stale; with --check it only names them and exits 1.
const root = projectRoot();
const check = process.argv.includes('--check');

function settle(files: readonly GeneratedFile[]): string[] {
  const stale = files.filter((file) => isStale(root, file));
  for (const { path, text } of check ? [] : stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return stale.map(({ path }) => path);
}

async function main(): Promise<void> {
  // The lists first: without them a checkout with a removed runbook does not compile, and headers are read from compiled code.
  const lists = settle(listFiles(root));
  spawnSync(process.execPath, [join(root, 'scripts/bootstrap.mjs'), '--build-only'], { cwd: root, stdio: 'inherit' });
  const stale = [...lists, ...settle(await catalogueFiles(root))];
  for (const path of stale) console.log(check ? `${path} is stale: run npm run generate` : `wrote ${path}`);
  if (check && stale.length) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
