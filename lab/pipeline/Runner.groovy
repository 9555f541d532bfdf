/** Runs a pipeline that was read. */
class Runner {
    /** How long `post` may take after a timeout, as in Jenkins. */
    private static final long GRACE_MS = 60_000
    private final Build build
    private final Plugins plugins

    Runner(Build build, Plugins plugins) {
        this.build = build
        this.plugins = plugins
    }

    /** Gives the result. `given` are the parameters of this run. */
    String run(PipelineSection pipeline, Map<String, String> given) {
        Set<String> unknown = given.keySet() - pipeline.defaults.keySet()
        if (unknown) {
            throw new Failure("The pipeline has no parameter ${unknown.join(', ')}.")
        }
        build.params.putAll(pipeline.defaults + given)
        if (pipeline.options.timeoutMs) {
            build.deadline = build.began + pipeline.options.timeoutMs
        }
        if (pipeline.environment) {
            build.env.putAll(new Environment(build).read(pipeline.environment))
        }
        runStages(pipeline.stages)
        runPost(pipeline.post)
        build.result
    }

    private void runStages(List<StageSection> stages) {
        for (stage in stages) {
            if (build.failed) {
                build.log.line("Stage \"${stage.name}\" skipped due to earlier failure(s)")
            } else if (stage.condition && !new Condition(build).evaluate(stage.condition)) {
                build.log.line("Stage \"${stage.name}\" skipped due to when conditional")
            } else {
                build.log.line("[Pipeline] { (${stage.name})")
                guarded { stage.steps ? new Steps(build, plugins).evaluate(stage.steps) : runStages(stage.stages) }
                runPost(stage.post)
                build.log.line("[Pipeline] } // ${stage.name}")
            }
        }
    }

    // A block that fails does not keep the others from running.
    private void runPost(PostSection post) {
        post?.blocksFor(build.result)?.each { name, block ->
            build.log.line("[Pipeline] { (Post: $name)")
            guarded { new Steps(build, plugins).evaluate(block) }
        }
    }

    private void guarded(Closure work) {
        try {
            work()
        } catch (Exception problem) {
            String result = problem instanceof Failure ? problem.result : 'FAILURE'
            build.log.line("ERROR: ${problem.message}")
            build.worsen(result)
            if (result == 'ABORTED') {
                build.deadline = System.currentTimeMillis() + GRACE_MS
            }
        }
    }
}

/** What `when { expression { … } }` may look at. */
class Condition extends Strict {
    private final Build build

    Condition(Build build) {
        this.build = build
    }

    String place() {
        'expression'
    }

    Map<String, String> getParams() {
        build.params.asImmutable()
    }
}

/** `environment { NAME = 'value' }`. */
class Environment extends Strict {
    private final Build build
    private final Map<String, String> found = [:]

    Environment(Build build) {
        this.build = build
    }

    String place() {
        'environment'
    }

    Map<String, String> getParams() {
        build.params.asImmutable()
    }

    Map<String, String> read(Closure block) {
        evaluate(block)
        found
    }

    void propertyMissing(String name, Object value) {
        found[name] = value as String
    }
}
