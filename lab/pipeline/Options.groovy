/** `options { … }` of the pipeline. */
class Options extends Strict {
    private static final Map<String, Long> UNITS = [SECONDS: 1000L, MINUTES: 60_000L, HOURS: 3_600_000L]
    Long timeoutMs
    boolean concurrent = true
    private final Plugins plugins

    Options(Plugins plugins) {
        this.plugins = plugins
    }

    String place() {
        'options'
    }

    void timeout(Map arguments) {
        plugins.expectStep('timeout')
        expectOnly('timeout', arguments, ['time', 'unit'])
        if (!UNITS.containsKey(arguments.unit)) {
            throw new Failure("This runner knows no unit of time `${arguments.unit}`.")
        }
        timeoutMs = arguments.time * UNITS[arguments.unit]
    }

    void disableConcurrentBuilds() {
        plugins.expectStep('disableConcurrentBuilds')
        concurrent = false
    }

    /** Says how many builds Jenkins keeps; a runner keeps what it is told to. */
    void buildDiscarder(Map rotator) {
        plugins.expectStep('buildDiscarder')
        if (!(rotator.numToKeepStr as String).integer) {
            throw new Failure('`logRotator` needs a whole number in `numToKeepStr`.')
        }
    }

    Map logRotator(Map arguments) {
        expectOnly('logRotator', arguments, ['numToKeepStr'])
        arguments
    }
}
