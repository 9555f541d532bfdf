/** `pipeline { … }`: reads all of it before anything runs, as Jenkins does. */
class PipelineSection extends Strict {
    final Options options
    final Map<String, String> defaults = [:]
    final List<StageSection> stages = []
    PostSection post
    Closure environment
    private boolean hasAgent = false
    private final Plugins plugins

    PipelineSection(Plugins plugins) {
        this.plugins = plugins
        this.options = new Options(plugins)
    }

    String place() {
        'pipeline'
    }

    /** Throws a Failure unless it is a whole pipeline, whose stages have names of their own. */
    PipelineSection read(Closure block) {
        plugins.expectStep('pipeline')
        evaluate(block)
        if (!hasAgent || !stages) {
            throw new Failure('A pipeline needs an agent and stages.')
        }
        List<String> names = stages*.names().flatten()
        if (names.size() != names.toSet().size()) {
            throw new Failure("Two stages have the same name: ${names.join(', ')}.")
        }
        this
    }

    void agent(Closure block) {
        new Agent().evaluate(block)
        hasAgent = true
    }

    void options(Closure block) {
        options.evaluate(block)
    }

    void parameters(Closure block) {
        new Parameters(defaults).evaluate(block)
    }

    void environment(Closure block) {
        environment = block
    }

    void stages(Closure block) {
        new Stages(stages, plugins).evaluate(block)
    }

    void post(Closure block) {
        post = new PostSection()
        post.evaluate(block)
    }
}

/** `agent { label '…' }`: the runner itself is that agent. */
class Agent extends Strict {
    String place() {
        'agent'
    }

    void label(String name) {
        if (!name) {
            throw new Failure('An agent needs a label.')
        }
    }
}

/** `parameters { … }`. */
class Parameters extends Strict {
    private final Map<String, String> defaults

    Parameters(Map<String, String> defaults) {
        this.defaults = defaults
    }

    String place() {
        'parameters'
    }

    void string(Map arguments) {
        expectOnly('string', arguments, ['name', 'defaultValue', 'description', 'trim'])
        defaults[arguments.name] = arguments.defaultValue ?: ''
    }
}
