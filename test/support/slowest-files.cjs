// Names the ten slowest test files at the end of a run.
const { relative } = require('node:path');

const SHOWN = 10;
const LEAST_SECONDS = 5;

class SlowestFiles {
  onRunComplete(_contexts, { testResults }) {
    const files = testResults
      .map(({ testFilePath, perfStats }) => ({ path: relative(process.cwd(), testFilePath), seconds: perfStats.runtime / 1_000 }))
      .filter(({ seconds }) => seconds >= LEAST_SECONDS)
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SHOWN);
    if (files.length === 0) return;
    const lines = files.map(({ path, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${path}`);
    process.stderr.write(`\nThe slowest files:\n${lines.join('\n')}\n`);
  }
}

module.exports = SlowestFiles;
