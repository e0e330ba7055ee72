// What a change should pass before each commit, in under a minute: types, lint, the house rules and every test without a server.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = (...path) => join(root, 'node_modules', ...path);

/** Both judge the whole project, each on a processor of its own. */
const FIRST = [
  { name: 'types', args: [program('typescript', 'bin', 'tsc'), '--noEmit'] },
  { name: 'lint', args: [program('eslint', 'bin', 'eslint.js'), '--cache', '--cache-location', 'dist/.eslintcache', '.'] },
];
const THEN = [{ name: 'house and pure tests', args: [program('jest', 'bin', 'jest.js'), '--selectProjects', 'pure'] }];

/** Runs a program to its end; its output is shown as one piece, and only where it failed. */
function run({ name, args }) {
  const began = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const pieces = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => pieces.push(piece));
    child.once('close', (code) => {
      const good = code === 0;
      console.log(`${good ? 'ok  ' : 'RED '} ${name}, ${((Date.now() - began) / 1_000).toFixed(1)} s`);
      if (!good) console.log(Buffer.concat(pieces).toString());
      resolve(good);
    });
  });
}

const results = [...(await Promise.all(FIRST.map(run))), ...(await Promise.all(THEN.map(run)))];
process.exitCode = results.every(Boolean) ? 0 : 1;
