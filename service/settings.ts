import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/** One environment variable: its meaning, its default (none: it must be set), and how its text becomes a value. */
export type Setting<Value> = {
  meaning: string;
  default?: Value;
  /** Whether a file's value is all of it, and not its first line. */
  isWholeFile?: boolean;
  /** Gives the value of the text; throws an Error whose message completes "Expected NAME to be …". */
  parse(text: string): Value;
};

type Declaration = Record<string, Setting<unknown>>;

/** The values of a declaration, by name. */
export type Settings<Declared extends Declaration> = {
  [Name in keyof Declared]: Declared[Name] extends Setting<infer Value> ? Value : never;
};

/** Every wrong or missing setting of a process, a sentence each. */
export class SettingsError extends Error {}

/**
 * Reads the declared settings from the environment, once. `NAME_FILE` gives the value from a file (a Swarm secret)
 * where `NAME` itself is not set, and ends where its line ends; an empty value counts as not set.
 * Throws a SettingsError that names every wrong value, not only the first.
 */
export function readSettings<Declared extends Declaration>(
  declaration: Declared,
  environment: NodeJS.ProcessEnv,
): Settings<Declared> {
  const wrong: string[] = [];
  const values = Object.entries(declaration).map(([name, setting]) => {
    try {
      return [name, readSetting(name, setting, environment)];
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
      return [name, undefined];
    }
  });
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'));
  return Object.fromEntries(values);
}

/** A text; with no default it must be set. */
export function text(meaning: string, ...fallback: [string?]): Setting<string> {
  return { meaning, ...defaultOf(fallback), parse: value => value };
}

/** A text that may be left out: then it is undefined. */
export function optionalText(meaning: string): Setting<string | undefined> {
  return { meaning, default: undefined, parse: value => value };
}

/** A text that a swarm fills in; elsewhere it stays a template, and is undefined. */
export function filledIn(meaning: string): Setting<string | undefined> {
  return { meaning, default: undefined, parse: value => (value.startsWith('{{') ? undefined : value) };
}

/** Certificates in PEM, of which a file may hold many. It may be left out. */
export function certificates(meaning: string): Setting<string | undefined> {
  return {
    meaning,
    default: undefined,
    isWholeFile: true,
    parse(value) {
      if (value.includes('-----BEGIN CERTIFICATE-----')) return value;
      throw new Error('a certificate in PEM');
    },
  };
}

/** An IP address of this machine, or "localhost". It may be left out. */
export function ownAddress(meaning: string): Setting<string | undefined> {
  return {
    meaning,
    default: undefined,
    parse(value) {
      if (isIP(value) || value === 'localhost') return value;
      throw new Error('an IP address of this machine, or not set (some shells set it)');
    },
  };
}

/** A whole number between two bounds, both included. */
export function wholeNumber(
  meaning: string,
  min: number,
  max: number,
  ...fallback: [number?]
): Setting<number> {
  return {
    meaning,
    ...defaultOf(fallback),
    parse(value) {
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= min && number <= max) return number;
      throw new Error(`a whole number from ${min} to ${max}`);
    },
  };
}

/** One of a few words. */
export function oneOf(meaning: string, words: string[], fallback: string): Setting<string> {
  return {
    meaning,
    default: fallback,
    parse(value) {
      if (words.includes(value)) return value;
      throw new Error(`one of ${words.join(', ')}`);
    },
  };
}

/** An http or https address of anybody, with or without a path. It may be left out. */
export function optionalUrl(meaning: string): Setting<URL | undefined> {
  return {
    meaning,
    default: undefined,
    parse(value) {
      const url = URL.parse(value);
      if (url && /^https?:$/.test(url.protocol)) return url;
      throw new Error('an address like http://host:4318');
    },
  };
}

/** The http address of another service, without a path. */
export function serviceUrl(meaning: string, fallback: string): Setting<URL> {
  return {
    meaning,
    default: new URL(fallback),
    parse(value) {
      const url = URL.parse(value);
      if (url?.protocol === 'http:' && url.pathname === '/') return url;
      throw new Error('an address like http://host:5001');
    },
  };
}

/** The same, but it may be left out. */
export function optionalServiceUrl(meaning: string): Setting<URL | undefined> {
  return { ...serviceUrl(meaning, 'http://localhost'), default: undefined };
}

function defaultOf<Value>(fallback: [Value?]): { default?: Value } {
  return fallback[0] === undefined ? {} : { default: fallback[0] };
}

function readSetting(name: string, setting: Setting<unknown>, environment: NodeJS.ProcessEnv): unknown {
  const value = environment[name] || readFile(`${name}_FILE`, environment, setting);
  if (!value) {
    if ('default' in setting) return setting.default;
    throw new Error(`Set ${name}: ${setting.meaning}.`);
  }
  try {
    return setting.parse(value);
  } catch (error) {
    const expected = error instanceof Error ? error.message : String(error);
    const got = setting.isWholeFile ? '' : `, got "${value}"`;
    throw new Error(`Expected ${name} (${setting.meaning}) to be ${expected}${got}.`, { cause: error });
  }
}

function readFile(
  name: string,
  environment: NodeJS.ProcessEnv,
  { isWholeFile }: Setting<unknown>,
): string | undefined {
  const path = environment[name];
  if (!path) return undefined;
  try {
    const content = readFileSync(path, 'utf8');
    return isWholeFile ? content : /^\uFEFF?([^\r\n]*)/.exec(content)?.[1]; // some editors put a mark before it
  } catch (error) {
    throw new Error(`${name} names a file that cannot be read: ${path}.`, { cause: error });
  }
}
