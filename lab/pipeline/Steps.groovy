/** The steps of a stage or a post condition. */
class Steps extends Strict {
    private static final String FAILED_TESTS = 'UNSTABLE'
    private final Build build
    private final Plugins plugins
    private final Reports reports

    Steps(Build build, Plugins plugins) {
        this.build = build
        this.plugins = plugins
        this.reports = new Reports(build)
    }

    String place() {
        'the steps'
    }

    Map<String, String> getParams() {
        build.params.asImmutable()
    }

    void echo(String text) {
        begin('echo')
        build.log.line(text)
    }

    void sh(String script) {
        begin('sh')
        if (build.log.isSecretIn(script)) {
            throw new Failure('A secret was put into the text of an `sh`; write it in single quotes.')
        }
        Integer code = Shell.run(script, build.workspace, build.environment(), build.deadline, build.log.&line)
        if (code == null) {
            throw new Failure('Timeout has been exceeded', 'ABORTED')
        }
        if (code != 0) {
            throw new Failure("script returned exit code $code")
        }
    }

    Map usernamePassword(Map binding) {
        expectOnly('usernamePassword', binding, ['credentialsId', 'usernameVariable', 'passwordVariable'])
        [kind: 'usernamePassword'] + binding
    }

    Map sshUserPrivateKey(Map binding) {
        expectOnly('sshUserPrivateKey', binding, ['credentialsId', 'keyFileVariable'])
        [kind: 'sshUserPrivateKey'] + binding
    }

    void withCredentials(List<Map> bindings, Closure block) {
        begin('withCredentials')
        File temporary = File.createTempDir('credentials-', '')
        try {
            List<Map> bound = bindings.collect { build.credentials.bind(it, temporary) }
            build.log.masking(bound*.secrets.flatten()) {
                build.withEnvironment(bound*.variables.inject([:]) { all, some -> all + some }) { evaluate(block) }
            }
        } finally {
            temporary.deleteDir()
        }
    }

    void junit(String pattern) {
        begin('junit')
        Map<String, Integer> counts = reports.tests(pattern)
        build.log.line("${counts.total} tests, ${counts.failed} failed, ${counts.skipped} skipped")
        if (counts.failed > 0) {
            build.worsen(FAILED_TESTS)
        }
    }

    void recordCoverage(Map arguments) {
        begin('recordCoverage')
        expectOnly('recordCoverage', arguments, ['tools', 'failOnError', 'enabledForFailure'])
        if (build.failed && !arguments.enabledForFailure) {
            build.log.line("Skipping execution of coverage recorder since overall result is '${build.result}'")
            return
        }
        for (tool in arguments.tools) {
            expectOnly('recordCoverage', tool, ['parser', 'pattern'])
            if (tool.parser != 'COBERTURA') {
                throw new Failure("This runner reads COBERTURA only, not ${tool.parser}.")
            }
            build.log.line("${reports.lineCoverage(tool.pattern).setScale(1, BigDecimal.ROUND_HALF_UP)} % of the lines are covered")
        }
    }

    void archiveArtifacts(Map arguments) {
        begin('archiveArtifacts')
        expectOnly('archiveArtifacts', arguments, ['artifacts', 'allowEmptyArchive'])
        int kept = reports.keepArtifacts(arguments.artifacts)
        if (kept == 0 && !arguments.allowEmptyArchive) {
            throw new Failure("No artifacts found that match the file pattern `${arguments.artifacts}`.")
        }
        build.log.line("$kept artifacts are kept")
    }

    private void begin(String step) {
        plugins.expectStep(step)
        if (System.currentTimeMillis() > build.deadline) {
            throw new Failure('Timeout has been exceeded', 'ABORTED')
        }
        build.log.line("[Pipeline] $step")
    }
}
