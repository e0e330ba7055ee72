// Which test files are pure: those from which no import leads to a server, a process or a workflow bundle.
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

const ROOT = join(__dirname, '../..');

/** Whoever imports one of these, directly or through others, is real. */
const REAL = ['test/support/shared.ts', 'scripts/parts/guarded-process.ts', 'scripts/parts/processes.ts', 'workers/worker/workflow-bundle.ts'].map(
  (path) => join(ROOT, path),
);

/** Real for another reason: they run the project's own programs. */
const ALSO_REAL = ['test/house/new.test.ts', 'test/deploy/rules.test.ts'].map((path) => join(ROOT, path));

const IMPORT = /(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)|import\s+'(\.[^']+)'/g;

const imported = new Map();

function importsOf(file) {
  const known = imported.get(file);
  if (known) return known;
  const found = [...readFileSync(file, 'utf8').matchAll(IMPORT)]
    .filter(([, typeOnly]) => !typeOnly)
    .map(([, , from, dynamic, bare]) => join(dirname(file), from ?? dynamic ?? bare))
    .map((path) => [`${path}.ts`, join(path, 'index.ts')].find(existsSync))
    .filter((path) => path !== undefined);
  imported.set(file, found);
  return found;
}

function isReal(file) {
  if (ALSO_REAL.includes(file)) return true;
  const seen = new Set([file]);
  for (const one of seen) {
    if (REAL.includes(one)) return true;
    for (const next of importsOf(one)) seen.add(next);
  }
  return false;
}

const testFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });

const all = testFiles(join(ROOT, 'test'));
const [real, pure] = [all.filter(isReal), all.filter((file) => !isReal(file))];
const patterns = (files) => files.map((file) => `<rootDir>/${relative(ROOT, file).replaceAll('\\', '/')}`);

module.exports = { real: patterns(real), pure: patterns(pure) };
