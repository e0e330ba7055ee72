import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { bundling } from './workflow-code';

/** Where a build keeps the bundle of its workflows; beside the sources, where they run uncompiled, there is none. */
export const SHIPPED_BUNDLE = join(__dirname, '../../workflow-bundle.js');

/** What a bundle was made of: each file with its SHA-256, by its path from the bundle. It stands beside the bundle. */
interface Origin {
  /** Of the bundle itself, because two files are never written at one moment. */
  readonly bundle: string;
  readonly sources: Readonly<Record<string, string>>;
}

/** How code is bundled decides what comes of it. */
const ALSO = [require.resolve('./workflow-code'), require.resolve('@temporalio/worker/package.json')];

const originOf = (path: string): string => path.replace(/\.js$/, '.origin.json');

/** The bundle at a path, as a worker takes it; null where there is none, or where one of the files that it was made of has changed since. */
export function currentBundle(path: string): { readonly codePath: string } | null {
  if (!existsSync(path) || !existsSync(originOf(path))) return null;
  const { bundle, sources } = JSON.parse(readFileSync(originOf(path), 'utf8')) as Origin;
  const files = Object.entries({ ...sources, '': bundle }).map(([from, digest]) => [from ? resolve(dirname(path), from) : path, digest] as const);
  return files.every(([file, digest]) => existsSync(file) && digestOf(file) === digest) ? { codePath: path } : null;
}

/** Bundles the workflows that the entry exports, and notes what they were made of. */
export async function writeBundle(entry: string, path: string): Promise<void> {
  const sources = new Set(ALSO);
  const options: BundleOptions = { ...bundling(entry), logger: new DefaultLogger('ERROR'), webpackConfigHook: (config) => collect(config, sources) };
  const { code } = await bundleWorkflowCode(options);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, code);
  const digests = [...sources].sort().map((file) => [relative(dirname(path), file), digestOf(file)]);
  const origin: Origin = { bundle: digestOf(path), sources: Object.fromEntries(digests) as Origin['sources'] };
  replaceFile(originOf(path), `${JSON.stringify(origin, null, 2)}\n`);
}

type Configuration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];

/** Has the bundler tell every file that it reads. */
function collect(config: Configuration, sources: Set<string>): Configuration {
  const plugin: NonNullable<Configuration['plugins']>[number] = {
    apply: (compiler) =>
      compiler.hooks.done.tap('sources', ({ compilation }) => {
        // Entries that exist in memory only, folders and source maps are not what the code is made of.
        for (const file of compilation.fileDependencies) if (/\.([cm]?js|ts|json)$/.test(file) && existsSync(file)) sources.add(file);
      }),
  };
  return { ...config, plugins: [...(config.plugins ?? []), plugin] };
}

/** A worker that starts meanwhile reads the old file or the new one. */
function replaceFile(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
