const { default: TestRunner } = require('jest-runner');

// One test that fails is enough to see a mutant. Stryker turns Jest's `bail` off, as that ends the process.
module.exports = class UntilOneFails extends TestRunner {
  runTests(tests, watcher, options) {
    this.on('test-file-success', ([, { numFailingTests }]) =>
      numFailingTests > 0 ? watcher.setState({ interrupted: true }) : undefined,
    );
    return super.runTests(tests, watcher, options);
  }
};
