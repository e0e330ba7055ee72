import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findOrphans, isStale, type GeneratedFile } from './generate/generated-file';
import { listFiles } from './generate/list-files';
import { projectRoot } from './parts/project-root';

// `npm run generate` writes the generated files that are stale; with --check it only names them and exits 1.
const root = projectRoot();
const check = process.argv.includes('--check');

function writeStale(files: readonly GeneratedFile[]): string[] {
  const stale = files.filter((file) => isStale(root, file));
  for (const { path, text } of check ? [] : stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return stale.map(({ path }) => path);
}

function removeOrphans(files: readonly GeneratedFile[]): string[] {
  const orphans = findOrphans(root, files);
  for (const path of check ? [] : orphans) rmSync(join(root, path));
  return orphans;
}

async function main(): Promise<void> {
  // The lists first: the rest is loaded, and what loads it reads them.
  const lists = writeStale(listFiles(root));
  const { contentFiles } = await import('./generate/content-files');
  const files = await contentFiles(root);
  const stale = [...lists, ...writeStale(files)];
  const orphans = removeOrphans(files);
  for (const path of stale) console.log(check ? `${path} is stale: run npm run generate` : `wrote ${path}`);
  for (const path of orphans) console.log(check ? `${path} belongs to no operation: run npm run generate` : `removed ${path}`);
  if (check && stale.length + orphans.length) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
