// Orders test files so that the long ones do not come last: two workers then end together.
const Sequencer = require('@jest/test-sequencer').default;

/** Folders whose files drive many servers, slowest first; within one, large files come first. */
const SLOW = [
  'test/faults/',
  'test/runbooks/replication/',
  'test/runbooks/',
  'test/activities/replication/',
  'test/workers/gateway/',
  'test/engine/',
];

class SlowFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = SLOW.findIndex((folder) => path.includes(`/${folder}`));
      return at < 0 ? SLOW.length : at;
    };
    // What the last run measured is better than a guess.
    const known = super.sort(tests);
    return known.some(({ duration }) => duration !== undefined) ? known : [...known].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = SlowFirst;
