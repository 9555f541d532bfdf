/** The plugin that each word of a Jenkinsfile comes from; the words that are not here are Jenkins' own. */
export const pluginOf: Record<string, string> = {
  pipeline: 'pipeline-model-definition',
  echo: 'workflow-basic-steps',
  timeout: 'workflow-basic-steps',
  archiveArtifacts: 'workflow-basic-steps',
  disableConcurrentBuilds: 'workflow-job',
  buildDiscarder: 'workflow-job',
  sh: 'workflow-durable-task-step',
  withCredentials: 'credentials-binding',
  usernamePassword: 'credentials-binding',
  sshUserPrivateKey: 'ssh-credentials',
  junit: 'junit',
  recordCoverage: 'coverage',
};

/** The plugins that the text of a plugins.txt pins, each a line `name:version`. */
export function pinnedPlugins(text: string): string[] {
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.replace(/:.*/, ''));
}
