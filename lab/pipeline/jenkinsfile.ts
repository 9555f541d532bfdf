/** A word of a Jenkinsfile, what is given to it (one value, or what is named), and the words in its block. */
export type Word = { word: string; given: unknown; block: Word[] };

/** A declarative pipeline, as its words are for the parameters. */
export type Pipeline = { parameters: Record<string, string>; block: Word[] };

/** The words of a block: what may be given to them, as JSON, and the block that they open. */
type Known = Record<string, [given: RegExp, opens?: string]>;

const [nothing, text, file] = [/^$/, /^".+"$/, /^"[\w./-]+"$/];
const login =
  '{"usernamePassword":{"credentialsId":"\\w+","usernameVariable":"\\w+","passwordVariable":"\\w+"}}';
const key = '{"sshUserPrivateKey":{"credentialsId":"\\w+","keyFileVariable":"\\w+"}}';
const blocks = (...names: string[]): Known => Object.fromEntries(names.map(name => [name, [nothing, name]]));
const conditions: Known = {
  ...blocks('anyOf', 'not', 'expression'),
  branch: [text],
  changeRequest: [nothing],
  environment: [/^{"name":"[A-Z_]+","value":".+"}$/],
};

// What this project's Jenkinsfile uses, by the block. Every other word, or thing given, is an error.
const known: Record<string, Known> = {
  'a Jenkinsfile': blocks('pipeline'),
  pipeline: { agent: [/^"none"$/], ...blocks('options', 'parameters', 'environment', 'stages') },
  options: {
    disableConcurrentBuilds: [nothing],
    buildDiscarder: [/^{"logRotator":{"numToKeepStr":"\d+"}}$/],
  },
  parameters: { string: [/^{"name":"\w+","defaultValue":".*","trim":true,"description":".*"}$/] },
  environment: { '=': [/^\["[A-Z][A-Z\d_]*",".*"\]$/] },
  stages: { stage: [text, 'stage'] },
  stage: {
    ...blocks('when', 'agent', 'steps', 'stages', 'post'),
    options: [nothing, 'options of a stage'],
  },
  when: { beforeAgent: [/^true$/], ...conditions },
  anyOf: conditions,
  not: conditions,
  expression: { '==': [/^\[(".*"|{"currentBuild":"currentResult"}),".*"\]$/] },
  agent: { label: [text] },
  'options of a stage': { timeout: [/^{"time":\d+,"unit":"HOURS"}$/] },
  steps: {
    sh: [text],
    input: [/^{"message":".+","ok":".+"}$/],
    junit: [file],
    recordCoverage: [
      /^{"enabledForFailure":true,"failOnError":true,"tools":\[{"parser":"COBERTURA","pattern":"[\w./-]+"}\]}$/,
    ],
    archiveArtifacts: [/^{"artifacts":"[\w./-]+"}$/],
    withCredentials: [RegExp(`^\\[(${login}|${key})(,(${login}|${key}))*\\]$`), 'steps'],
  },
  post: { always: [nothing, 'steps'], success: [nothing, 'steps'] },
};
const mayRepeat = ['parameters', 'environment', 'stages', 'steps', 'anyOf', 'when'];
const token = /((?:\s|\/\/.*)*)('[^'\\\n]*'|"[^"\\\n]*"|\w+|==|[{}()[\],:.=]|$)/y;

/**
 * Reads a Jenkinsfile for parameters, and runs nothing. Throws a sentence where anything stands in it that the lab does
 * not know. What is no Groovy at all is found by `npm run check`.
 */
export function readJenkinsfile(jenkinsfile: string, given: Record<string, string> = {}): Pipeline {
  const parameters: Record<string, string> = {};
  const stages = new Set<string>();
  let [at, next, isOnNewLine] = [0, '', false];
  take();
  const [pipeline] = readBlock('a Jenkinsfile');
  for (const name of Object.keys(given)) parameterOf(name);
  requireAgents(wordsOf(pipeline?.block ?? [], 'stages'));
  return { parameters, block: pipeline?.block ?? [] };

  function take(): string {
    const taken = next;
    token.lastIndex = at;
    const found = token.exec(jenkinsfile);
    if (!found) throw new Error(`The lab does not know: ${jenkinsfile.slice(at, at + 40).trim()}`);
    next = found[2] ?? '';
    isOnNewLine = found[1]?.includes('\n') ?? false;
    at = token.lastIndex;
    return taken;
  }

  function takeIf(sign: string): boolean {
    const isNext = next === sign;
    if (isNext) take();
    return isNext;
  }

  function expect(sign: string): void {
    if ((isOnNewLine && sign !== '}') || !takeIf(sign))
      throw new Error(`The lab knows nothing but \`${sign}\` in the place of \`${next}\`.`);
  }

  /** The words of a block, to its end or that of the file. */
  function readBlock(place: string): Word[] {
    const words: Word[] = [];
    while (next !== '}' && next !== '') {
      if (words.length > 0 && !isOnNewLine) throw new Error(`\`${next}\` does not begin a line.`);
      words.push(readWord(place));
    }
    const names = words.map(({ word }) => word);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice && !mayRepeat.includes(place)) throw new Error(`\`${twice}\` stands twice in ${place}.`);
    if (names.length === 0) throw new Error(`There is nothing in ${place}.`);
    if (['not', 'expression'].includes(place) && names.length > 1)
      throw new Error(`There may be one condition in ${place}.`);
    if (place === 'pipeline' && !(names.includes('agent') && names.includes('stages')))
      throw new Error('A pipeline needs an agent and stages.');
    if (place === 'stage' && names.includes('steps') === names.includes('stages'))
      throw new Error('A stage needs either steps or stages.');
    return words;
  }

  function readWord(place: string): Word {
    let word = take();
    let of: unknown;
    if (place === 'expression') {
      const left = word === 'params' ? readParameter() : readProperty(word);
      expect('==');
      of = [left, readValue()];
      word = '==';
    } else if (!isOnNewLine && takeIf('=')) {
      of = [word, readValue()];
      word = '=';
    }
    const [pattern, opens] = (Object.hasOwn(known[place] ?? {}, word) && known[place]?.[word]) || [];
    if (!pattern) throw new Error(`\`${word}\` is nothing that the lab knows in ${place}.`);
    if (!isOnNewLine && takeIf('(')) of = readGiven(')');
    else if (!isOnNewLine && /^['"\d[]|^(none|true)$/.test(next)) of = readValue();
    const json = JSON.stringify(of) ?? '';
    if (!pattern.test(json)) throw new Error(`The lab does not know \`${word}\` with ${json || 'nothing'}.`);
    if (word === 'string') declare(of as { name: string; defaultValue: string });
    if (word === 'stage' && stages.size === stages.add(json).size)
      throw new Error(`Two stages have the same name: ${json}.`);
    if (!opens) return { word, given: of, block: [] };
    expect('{');
    const block = readBlock(opens);
    expect('}');
    return { word, given: of, block };
  }

  /** What stands up to a closing bracket: nothing, what is named, one value, or in a list any number of them. */
  function readGiven(end: ')' | ']'): unknown {
    const values: unknown[] = [];
    const named: [string, unknown][] = [];
    while (!takeIf(end)) {
      const value = readValue();
      if (takeIf(':')) named.push([String(value), readValue()]);
      else values.push(value);
      if (next !== end) expect(',');
    }
    if (values.length > 0 && named.length > 0) throw new Error('The lab does not know names beside values.');
    if (named.length > 0) return Object.fromEntries(named);
    return end === ')' && values.length < 2 ? values[0] : values;
  }

  function readValue(): unknown {
    const first = take();
    if (first === '[') return readGiven(']');
    if (first === 'params') return readParameter();
    if (first.startsWith("'")) return first.slice(1, -1);
    if (first.startsWith('"')) return first.slice(1, -1).replace(/\$(?:{params\.(\w+)})?/g, fill);
    if (/^(true|false|\d+)$/.test(first)) return JSON.parse(first);
    if (first === 'none') return first;
    if (takeIf('(')) return { [first]: readGiven(')') };
    if (next === ':') return first;
    throw new Error(`\`${first}\` is no value that the lab knows.`);
  }

  function fill(all: string, name?: string): string {
    if (name === undefined) throw new Error(`\`${all}\` in a text is nothing that the lab knows.`);
    return parameterOf(name);
  }

  function readParameter(): string {
    expect('.');
    return parameterOf(take());
  }

  function readProperty(object: string): Record<string, string> {
    expect('.');
    return { [object]: take() };
  }

  function parameterOf(name: string): string {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (value === undefined) throw new Error(`The pipeline has no parameter ${name}.`);
    return value;
  }

  function declare({ name, defaultValue }: { name: string; defaultValue: string }): void {
    parameters[name] = given[name] ?? defaultValue;
  }
}

/** Throws where a stage has steps that need an agent, and neither it nor a stage around it has one. */
function requireAgents(stages: Word[]): void {
  for (const { given, block } of stages) {
    if (block.some(({ word }) => word === 'agent')) continue;
    const steps = [...wordsOf(block, 'steps'), ...wordsOf(block, 'post')];
    if (steps.some(({ word }) => word !== 'input')) throw new Error(`The stage ${given} needs an agent.`);
    requireAgents(wordsOf(block, 'stages'));
  }
}

/** The words in the block of a word, which may not stand there. */
export function wordsOf(block: Word[], name: string): Word[] {
  return block.find(({ word }) => word === name)?.block ?? [];
}
