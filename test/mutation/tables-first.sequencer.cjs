// A run ends with the first file that fails. Most mutants fall to a table, in milliseconds, and to the one that the mutant
// before fell to: so the tables that saw one last come first, and the random histories last.
let seenBy = [];

module.exports = class TablesFirst {
  sort(tests) {
    return tests.toSorted((a, b) => place(a.path) - place(b.path));
  }

  cacheResults(_tests, { testResults }) {
    const failed = testResults.filter((file) => file.numFailingTests > 0).map((file) => file.testFilePath);
    seenBy = [...new Set([...failed, ...seenBy])];
  }
};

function place(path) {
  if (path.includes('.properties.')) return Number.MAX_SAFE_INTEGER;
  return seenBy.includes(path) ? seenBy.indexOf(path) : seenBy.length;
}
