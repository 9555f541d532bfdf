import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

// What can be told of Jenkins' own files without a Jenkins: that they fit each other, and that nothing in them is secret.
const read = (path: string) => readFileSync(path, 'utf8');
const jenkinsfile = read('Jenkinsfile');
const cascText = read('jenkins/casc.yaml');
const casc = parse(cascText);
const compose = parse(read('jenkins/compose.yml'));
const plugins = read('jenkins/plugins.txt').match(/^[^#\n].*$/gm) ?? [];
const pinned = plugins.map(line => line.replace(/:.*/, ''));
const credentials: Record<string, Record<string, unknown>>[] =
  casc.credentials.system.domainCredentials[0].credentials;

/** The plugin that each word of a Jenkinsfile comes from; the words that are not here are Jenkins' own. */
const pluginOf: Record<string, string> = {
  pipeline: 'pipeline-model-definition',
  timeout: 'workflow-basic-steps',
  archiveArtifacts: 'workflow-basic-steps',
  input: 'pipeline-input-step',
  currentBuild: 'workflow-support',
  disableConcurrentBuilds: 'workflow-job',
  buildDiscarder: 'workflow-job',
  sh: 'workflow-durable-task-step',
  withCredentials: 'credentials-binding',
  usernamePassword: 'credentials-binding',
  sshUserPrivateKey: 'ssh-credentials',
  junit: 'junit',
  recordCoverage: 'coverage',
};

/** The plugin of each part of casc.yaml and job.groovy. */
const ofConfiguration = {
  'casc.yaml': 'configuration-as-code',
  'credentials:': 'credentials',
  'usernamePassword:': 'plain-credentials',
  'basicSSHUserPrivateKey:': 'ssh-credentials',
  'ssh:': 'ssh-slaves',
  'jobs:': 'job-dsl',
  multibranchPipelineJob: 'workflow-multibranch',
  branchSources: 'branch-api',
  periodicFolderTrigger: 'cloudbees-folder',
  git: 'git',
};
const ofDeclarative = [
  ...'agent options parameters environment stages stage steps when post always success'.split(' '),
  ...'beforeAgent anyOf not expression branch'.split(' '),
  ...'string description tools usernameVariable CI ANSIBLE_CONFIG INVENTORY'.split(' '),
];

describe('plugins.txt', () => {
  test('pins each plugin once, to an exact version', () => {
    for (const line of plugins) expect(line).toMatch(/^[a-z][a-z0-9-]*:\d[\w.-]*$/);
    expect(new Set(pinned).size).toBe(plugins.length);
  });

  test('is looked at for every word that the Jenkinsfile begins a line with', () => {
    const words = jenkinsfile.replace(/\/\/.*/g, '').match(/^\s*\w+/gm) ?? [];
    const known = [...Object.keys(pluginOf), ...ofDeclarative];
    expect(words.map(word => word.trim()).filter(word => !known.includes(word))).toEqual([]);
  });

  test('has exactly the plugins that something needs', () => {
    const needed = [...Object.values(pluginOf), ...Object.values(ofConfiguration)];
    expect([...pinned].sort()).toEqual([...new Set(needed)].sort());
  });
});

describe('the Jenkinsfile', () => {
  test('names only credentials that casc.yaml has, of the kind that it has', () => {
    const used = [...jenkinsfile.matchAll(/(\w+)\(credentialsId: '(\w+)'/g)].map(
      ([, kind, id]) => `${kind} ${id}`,
    );
    const kinds: Record<string, string> = {
      usernamePassword: 'usernamePassword',
      basicSSHUserPrivateKey: 'sshUserPrivateKey',
    };
    const given = credentials
      .flatMap(one => Object.entries(one))
      .filter(([, { scope }]) => scope === 'GLOBAL')
      .map(([kind, { id }]) => `${kinds[kind]} ${id}`);
    const ofJob = /credentialsId\('(\w+)'\)/.exec(read('jenkins/job.groovy'))?.[1];
    expect([...new Set(used), `usernamePassword ${ofJob}`].sort()).toEqual(given.sort());
  });

  test('has each shell line in single quotes, so that Groovy never puts a secret into it', () => {
    expect(jenkinsfile.match(/^\s*sh\b(?! ')/gm)).toBeNull();
    expect(jenkinsfile.match(/\$\{(?!params\.)/g)).toBeNull();
  });

  test('runs on the agent that casc.yaml has', () => {
    const { labelString } = casc.jenkins.nodes[0].permanent;
    const labels = [...jenkinsfile.matchAll(/label '(.*)'/g)].map(([, label]) => label);
    expect(new Set(labels)).toEqual(new Set([labelString]));
  });
});

describe('casc.yaml', () => {
  test('lets nobody in without a password, and builds nothing beside the credentials', () => {
    expect(casc.jenkins.authorizationStrategy).toEqual({
      loggedInUsersCanDoAnything: { allowAnonymousRead: false },
    });
    expect(casc.jenkins.securityRealm.local.allowsSignup).toBe(false);
    expect(casc.jenkins.numExecutors).toBe(0);
  });

  test('reads every password and key from a file that make-keys.sh makes', () => {
    const secrets = [...cascText.matchAll(/^\s*(?:password|privateKey|key): "?(.*?)"?$/gm)].map(
      ([, value]) => value,
    );
    expect(secrets).toHaveLength(6);
    for (const value of secrets) {
      const [, file] = /\$\{readFile:\/run\/keys\/([\w.-]+)\}/.exec(value ?? '') ?? [];
      expect(read('jenkins/agent/make-keys.sh')).toContain(file ?? 'no file');
    }
  });

  test('checks the key of the agent, and has the key that the agent lets in', () => {
    const { ssh } = casc.jenkins.nodes[0].permanent.launcher;
    expect(Object.keys(ssh.sshHostKeyVerificationStrategy)).toEqual([
      'manuallyProvidedKeyVerificationStrategy',
    ]);
    expect(compose.services).toHaveProperty(ssh.host);
    const agent = credentials.flatMap(one => Object.values(one)).find(({ id }) => id === ssh.credentialsId);
    expect(agent).toMatchObject({ scope: 'SYSTEM', username: 'jenkins' });
    expect(read('jenkins/agent/sshd.conf')).toContain('AllowUsers jenkins');
  });

  test('names only variables that compose.yml sets', () => {
    const names = [...cascText.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name);
    const set = Object.keys(compose.services.jenkins.environment);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter(name => !set.includes(name ?? ''))).toEqual([]);
    expect(set).toContain('REPOSITORY');
  });
});

describe('compose.yml', () => {
  const mounted = (service: string, target: string) =>
    compose.services[service].volumes.find((volume: { target: string }) => volume.target === target);

  test('shows Jenkins on this machine only, and gives no build the Docker Engine that it runs on', () => {
    const ports = Object.values<{ ports?: string[] }>(compose.services).flatMap(({ ports = [] }) => ports);
    expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    expect(read('jenkins/compose.yml')).not.toContain('/var/run/docker.sock');
    const [host] = compose.services.engine.command.filter((word: string) => word.startsWith('--host='));
    const socket = host.replace('--host=unix://', '');
    expect(read('jenkins/agent/Dockerfile')).toContain(`ln --symbolic ${socket} /run/docker.sock`);
    expect(mounted('agent', '/run/engine').source).toBe(mounted('engine', '/run/engine').source);
  });

  test('keeps what Jenkins reads away from the agent', () => {
    expect(mounted('jenkins', '/run/keys').source).toBe(mounted('keys', '/keys/jenkins').source);
    expect(mounted('agent', '/run/keys').source).toBe(mounted('keys', '/keys/agent').source);
    expect(mounted('jenkins', '/run/keys').source).not.toBe(mounted('agent', '/run/keys').source);
  });

  test('has an agent with every program that the checks and the tests ask for', () => {
    const asked = [...read('scripts/check.sh').matchAll(/check (?:'.*?'|".*?") ([a-z-]+)/g)].map(
      ([, name]) => name,
    );
    const packages: Record<string, string> = { docker: 'docker-cli', java: 'openjdk-21-jre-headless' };
    const ofNpm = ['tsc', 'biome', 'npm', 'dockerfile-utils'];
    const wanted = asked
      .filter(name => !ofNpm.includes(name ?? ''))
      .map(name => packages[name ?? ''] ?? name);
    expect(wanted.length).toBeGreaterThan(5);
    const words = read('jenkins/agent/Dockerfile').split(/\s+/);
    for (const name of [...wanted, 'chromium', 'mysql-server-core', 'nginx-light'])
      expect(words).toContain(name);
  });

  test('pins the images of Jenkins and of the engine', () => {
    expect(read('jenkins/Dockerfile')).toMatch(/^FROM jenkins\/jenkins:\d+\.\d+\.\d+-lts-jdk\d+$/m);
    expect(compose.services.engine.image).toMatch(/^docker:\d+\.\d+\.\d+-dind$/);
  });
});
