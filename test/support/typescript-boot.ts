/** What `node -e` has to run to run the TypeScript file that is its first argument. Node 20 runs none by itself, and a compiled copy could be older than the sources. */
export const BOOT = `
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');
require('node:module')._extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { filename }).code, filename);
require(process.argv[1]);`;
