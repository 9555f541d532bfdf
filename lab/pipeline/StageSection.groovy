/** `stage('…') { … }`: one with steps, or one with stages in it. */
class StageSection extends Strict {
    final String name
    final List<StageSection> stages = []
    Closure condition
    Closure steps
    PostSection post
    private final Plugins plugins

    StageSection(String name, Plugins plugins) {
        this.name = name
        this.plugins = plugins
    }

    String place() {
        "stage `$name`"
    }

    StageSection read(Closure block) {
        evaluate(block)
        if ((steps == null) == stages.empty) {
            throw new Failure("Stage `$name` needs either steps or stages.")
        }
        this
    }

    List<String> names() {
        [name] + stages*.names().flatten()
    }

    void when(Closure block) {
        When read = new When()
        read.evaluate(block)
        condition = read.condition
    }

    void steps(Closure block) {
        steps = block
    }

    void stages(Closure block) {
        new Stages(stages, plugins).evaluate(block)
    }

    void post(Closure block) {
        post = new PostSection()
        post.evaluate(block)
    }
}

/** `when { expression { … } }`. */
class When extends Strict {
    Closure condition

    String place() {
        'when'
    }

    void expression(Closure block) {
        condition = block
    }
}
