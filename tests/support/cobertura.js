import Cobertura from 'istanbul-reports/lib/cobertura/index.js';

/**
 * The Cobertura report, with every method of a class under a name of its own. Two `close` in one file are two methods of
 * one name and signature otherwise, and Jenkins refuses such a report as a whole.
 */
class CoberturaForJenkins extends Cobertura {
  onDetail(node) {
    const coverage = node.getFileCoverage();
    const fnMap = withOwnNames(coverage.fnMap);
    const named = new Proxy(coverage, { get: (of, name) => (name === 'fnMap' ? fnMap : of[name]) });
    super.onDetail(
      new Proxy(node, { get: (of, name) => (name === 'getFileCoverage' ? () => named : of[name]) }),
    );
  }
}

/** The functions of a file, with a number after each name that an earlier one has. */
function withOwnNames(functions) {
  const names = new Set();
  return Object.fromEntries(
    Object.entries(functions).map(([key, { name, ...one }]) => {
      let own = name;
      for (let number = 2; names.has(own); number += 1) own = `${name}-${number}`;
      names.add(own);
      return [key, { ...one, name: own }];
    }),
  );
}

// What reads it asks for a CommonJS module.
export { CoberturaForJenkins as 'module.exports' };
