import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The build's own folder, or the sources' where they run uncompiled. */
const BUILT = join(__dirname, '../..');
const BUNDLE = 'workflow-bundle.js';
const DIGEST = 'workflow-bundle.sha256';

/** The files in which a build keeps its workflow bundle, and the digest of what it was made of. */
export const bundleFiles = (built = BUILT): { readonly bundle: string; readonly digest: string } => ({
  bundle: join(built, BUNDLE),
  digest: join(built, DIGEST),
});

/** The workflow bundle that came with the build, so that a worker starts at once; null where there is none, or it is of other code. */
export function shippedBundle(built = BUILT): { readonly codePath: string } | null {
  const { bundle, digest } = bundleFiles(built);
  if (!existsSync(bundle) || !existsSync(digest)) return null;
  return readFileSync(digest, 'utf8').trim() === workflowDigest(built) ? { codePath: bundle } : null;
}

/** SHA-256 over every compiled file that can be in a workflow bundle, with its name. */
export function workflowDigest(built = BUILT): string {
  const hash = createHash('sha256');
  const folder = join(built, 'workflows');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  for (const name of files.sort())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0');
  return hash.digest('hex');
}
