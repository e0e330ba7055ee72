// Node's environment for tests, in a process that ends with jest: without this, a test file runs on to its end after jest was killed.
const { TestEnvironment } = require('jest-environment-node');

const EVERY_MS = 500;

// A listener of "disconnect" would keep the process alive where jest has nothing more to do for it.
if (process.connected) setInterval(() => process.connected || process.exit(1), EVERY_MS).unref();

module.exports = TestEnvironment;
