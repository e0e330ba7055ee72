// Runs a TypeScript file of the project without compiling the project: node scripts/run-typescript.mjs scripts/generate.ts --check
// Nothing can be stale then, and a file that does not type-check yet is no obstacle. Node 20 runs no TypeScript by itself.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
Module._extensions['.ts'] = (module, filename) => module._compile(transformSync(readFileSync(filename, 'utf8'), { filename }).code, filename);

const [, , file, ...given] = process.argv;
process.argv = [process.argv[0], resolve(file), ...given];
require(resolve(file));
