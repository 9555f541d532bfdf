/**
 * A statement of a Jenkinsfile: the word with which it begins, what may differ in it, in its order, and the statements in
 * the block that it opens.
 */
export type Word = { word: string; given: string[]; block: Word[] };

/** A declarative pipeline, as it is for the parameters. */
export type Pipeline = { parameters: Record<string, string>; block: Word[] };

// What may differ in a statement, by the word in capitals that stands for it; texts are as JSON writes them.
const kinds: Record<string, string> = {
  ANY: String.raw`((?:[^"\\]|\\.)*)`,
  TEXT: String.raw`((?:[^"\\]|\\.)+)`,
  FILE: String.raw`([\w./-]+)`,
  NAME: String.raw`(\w+)`,
  NUMBER: String.raw`(\d+)`,
};
const conditions = [
  ...['anyOf {', 'not {', 'expression {'],
  ...['branch "TEXT"', 'changeRequest()', 'environment(name: "NAME", value: "TEXT")'],
];
const login = 'usernamePassword(credentialsId: "NAME", usernameVariable: "NAME", passwordVariable: "NAME")';
const key = 'sshUserPrivateKey(credentialsId: "NAME", keyFileVariable: "NAME")';
const steps = [
  'sh "TEXT"',
  'input(message: "TEXT", ok: "TEXT")',
  'junit "FILE"',
  'recordCoverage(enabledForFailure: true, failOnError: true, tools: [[parser: "COBERTURA", pattern: "FILE"]])',
  'archiveArtifacts(artifacts: "FILE")',
  ...[`withCredentials([${login}]) {`, `withCredentials([${login}, ${key},]) {`],
];

// What this project's Jenkinsfile uses, by the block. Every other statement is an error.
const known: Record<string, string[]> = {
  'a Jenkinsfile': ['pipeline {'],
  pipeline: ['agent none', 'options {', 'parameters {', 'environment {', 'stages {'],
  options: [
    ...['disableConcurrentBuilds()', 'buildDiscarder(logRotator(numToKeepStr: "NUMBER"))'],
    'timeout(time: NUMBER, unit: "HOURS")',
  ],
  parameters: ['string(name: "NAME", defaultValue: "ANY", trim: true, description: "ANY")'],
  environment: ['NAME = "ANY"'],
  stages: ['stage("TEXT") {'],
  stage: ['when {', 'agent {', 'options {', 'steps {', 'stages {', 'post {'],
  when: ['beforeAgent true', ...conditions],
  ...{ anyOf: conditions, not: conditions },
  expression: ['"ANY" == "ANY"', 'currentBuild.currentResult == "TEXT"'],
  agent: ['label "TEXT"'],
  post: ['always {', 'success {'],
  ...{ steps, always: steps, success: steps, withCredentials: steps },
};

// How they may stand there together, where not everything goes.
const orders: Record<string, RegExp> = {
  'a Jenkinsfile': /^pipeline$/,
  pipeline: /^agent( options)?( parameters)?( environment)? stages$/,
  options: /^(disableConcurrentBuilds buildDiscarder|timeout)$/,
  stage: /^(when )?(agent )?(options )?(steps|stages)( post)?$/,
  ...{ not: /^\S+$/, expression: /^\S+$/, agent: /^\S+$/ },
  post: /^(always|success|always success|success always)$/,
};

/**
 * Reads a Jenkinsfile for parameters, and runs nothing. Throws a sentence where anything stands in it that the lab does
 * not know. What is no Groovy at all is found by `npm run check`.
 */
export function readJenkinsfile(jenkinsfile: string, values: Record<string, string> = {}): Pipeline {
  const signs = signsOf(jenkinsfile);
  const parameters = new Map<string, string>();
  const stages = new Set<string>();
  let at = 0;
  const [pipeline] = readBlock('a Jenkinsfile');
  for (const name of Object.keys(values)) parameter(name);
  return { parameters: Object.fromEntries(parameters), block: pipeline?.block ?? [] };

  /** The statements of a block, up to the sign that ends it, or the end of the file; an agent runs what stands after it. */
  function readBlock(place: string, end?: string, isOnAgent = false): Word[] {
    const block: Word[] = [];
    const hasAgent = () => isOnAgent || (place === 'stage' && block.some(({ word }) => word === 'agent'));
    while (signs[at] !== end) {
      if (at === signs.length) throw new Error(`There is no end of ${place}.`);
      if (signs[at] === '\n') at += 1;
      else if (block.length === 0 || signs[at - 1] === '\n') block.push(readStatement(place, hasAgent()));
      else throw new Error(`\`${signs[at]}\` does not begin a line.`);
    }
    at += 1;
    const words = block.map(({ word }) => word).join(' ');
    if ((orders[place] ?? /./).test(words)) return block;
    throw new Error(`The lab does not know ${place} with ${words || 'nothing'} in it.`);
  }

  /** A statement, to the end of its line or of the block that it opens. */
  function readStatement(place: string, hasAgent: boolean): Word {
    const first = at;
    do at += 1;
    while (at < signs.length && signs[at - 1] !== '{' && !/^[\n}]$/.test(signs[at] ?? ''));
    const statement = signs.slice(first, at).map(evaluate).join(' ');
    const line = known[place]?.find(one => patternOf(one).test(statement));
    if (!line) throw new Error(`The lab does not know \`${statement}\` in ${place}.`);
    const [word = ''] = /[\w.]+/.exec(line) ?? [];
    const [, ...differs] = patternOf(line).exec(statement) ?? [];
    const given = differs.map(text => JSON.parse(`"${text}"`));
    const [name, value] = given;
    if (word === 'string') parameters.set(name, values[name] ?? value);
    if (word === 'stage' && stages.size === stages.add(name).size)
      throw new Error(`Two stages have the same name: ${name}.`);
    if (known[place] === steps && word !== 'input' && !hasAgent)
      throw new Error(`\`${word}\` needs an agent.`);
    return { word, given, block: line.endsWith('{') ? readBlock(word, '}', hasAgent) : [] };
  }

  /** Writes texts as JSON does, with the parameters in them. */
  function evaluate(sign: string): string {
    if (sign.startsWith('params.')) return JSON.stringify(parameter(sign.slice('params.'.length)));
    if (sign.startsWith("'")) return JSON.stringify(sign.slice(1, -1));
    return sign.startsWith('"') ? sign.replace(/\$(?:{params\.(\w+)})?/g, fill) : sign;
  }

  function fill(all: string, name?: string): string {
    if (name === undefined) throw new Error(`\`${all}\` in a text is nothing that the lab knows.`);
    return JSON.stringify(parameter(name)).slice(1, -1);
  }

  function parameter(name: string): string {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`The pipeline has no parameter ${name}.`);
    return value;
  }
}

/** The words, texts and signs of a Jenkinsfile, and where its lines end, but for those that end within brackets. */
function signsOf(text: string): string[] {
  const one = /('[^'\\\n]*'|"[^"\\\n]*"|\w+(?:\.\w+)?|==|[{}()[\],:=\n])|((?:[^\S\n]|\/\/.*)+)|.+/g;
  let depth = 0;
  return [...text.matchAll(one)].flatMap(([all, sign, blank]) => {
    if (sign === undefined && blank === undefined) throw new Error(`The lab does not know: ${all}`);
    if (/^[([]$/.test(all)) depth += 1;
    if (/^[)\]]$/.test(all)) depth -= 1;
    return sign === undefined || (sign === '\n' && depth > 0) ? [] : [sign];
  });
}

/** The pattern of a statement that is known. */
function patternOf(line: string): RegExp {
  const escaped = signsOf(line)
    .join(' ')
    .replace(/[()[\]{.]/g, '\\$&');
  return RegExp(`^${escaped.replace(/\b[A-Z]+\b/g, word => kinds[word] ?? word)}$`);
}

/** The statements in the block of a word, which may not stand there. */
export function wordsOf(block: Word[], name: string): Word[] {
  return block.find(({ word }) => word === name)?.block ?? [];
}
