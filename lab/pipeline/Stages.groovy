/** `stages { … }`. */
class Stages extends Strict {
    private final List<StageSection> found
    private final Plugins plugins

    Stages(List<StageSection> found, Plugins plugins) {
        this.found = found
        this.plugins = plugins
    }

    String place() {
        'stages'
    }

    void stage(String name, Closure block) {
        found << new StageSection(name, plugins).read(block)
    }
}
