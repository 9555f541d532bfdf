import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { requirePart } from '../../tests/support/parts.ts';
import { run } from '../run.ts';

/** A declarative pipeline, as read.groovy reads it for given parameters. */
export type Pipeline = {
  /** Nothing that the lab does: it has one build at a time, and waits for its end. */
  options: Record<string, unknown>;
  parameters: Record<string, string>;
  environment: Record<string, string>;
  stages: Stage[];
  post: Post;
};

/** A stage with either steps or stages; it does not run where its `when` is false. */
export type Stage = { name: string; runs: boolean; steps?: Step[]; stages?: Stage[]; post: Post };

/** What is done at the end, by the condition for it. */
export type Post = Partial<Record<'always' | 'success', Step[]>>;

/** What steps are given, by their names. */
export type Steps = {
  sh: string;
  withCredentials: { bindings: Binding[]; steps: Step[] };
  junit: string;
  recordCoverage: { tools: [{ pattern: string }] };
  archiveArtifacts: { artifacts: string };
};

/** A step, under its name. */
export type Step = { [Name in keyof Steps]: Pick<Steps, Name> }[keyof Steps];

/** What a `withCredentials` binds to variables, under its name. */
export type Binding =
  | { usernamePassword: { credentialsId: string; usernameVariable: string; passwordVariable: string } }
  | { sshUserPrivateKey: { credentialsId: string; keyFileVariable: string } };

/** A Jenkinsfile that was read, or the sentence why it cannot be. */
export type Reading = { pipeline: Pipeline; error?: never } | { pipeline?: never; error: string };

/** Reads Jenkinsfiles, each for its parameters, all in one JVM: to start it takes a second or two. */
export async function readJenkinsfiles(
  cases: { jenkinsfile: string; parameters: Record<string, string> }[],
): Promise<Reading[]> {
  const groovy = requirePart('groovy');
  const java = (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, 'java'))
    .find(existsSync);
  return JSON.parse(
    await run(groovy, [join(import.meta.dirname, 'read.groovy')], {
      input: JSON.stringify(cases),
      // Debian's groovy looks for Java behind a link that is not always there.
      environment: { JAVA_HOME: join(realpathSync(java ?? ''), '../..') },
    }),
  );
}
