/** The plugins that plugins.txt pins, and which of them a step or an option comes from. */
class Plugins {
    private static final Map<String, String> OF_STEPS = [
        echo: 'workflow-basic-steps',
        sh: 'workflow-durable-task-step',
        withCredentials: 'credentials-binding',
        junit: 'junit',
        recordCoverage: 'coverage',
        archiveArtifacts: 'workflow-basic-steps',
        timeout: 'workflow-basic-steps',
        timestamps: 'timestamper',
        pipeline: 'pipeline-model-definition',
        disableConcurrentBuilds: 'workflow-job',
        buildDiscarder: 'workflow-job',
    ]
    private final Set<String> pinned

    Plugins(File file) {
        pinned = file.readLines().findAll { it && !it.startsWith('#') }.collect { it.split(':').first() } as Set
    }

    void expectStep(String step) {
        String plugin = OF_STEPS[step]
        if (!pinned.contains(plugin)) {
            throw new Failure("`$step` comes from the plugin $plugin, which plugins.txt does not pin.")
        }
    }
}
