/** One run of a pipeline: where it runs, with what, and what has become of it so far. */
class Build {
    final Log log = new Log()
    final long began = System.currentTimeMillis()
    final File workspace
    /** Where published reports and artifacts are kept. */
    final File archive
    final Credentials credentials
    final Map<String, String> params = [:]
    final Map<String, String> env = [:]
    /** Until when steps may run, in ms since 1970. */
    long deadline = Long.MAX_VALUE

    private static final List<String> RESULTS = ['SUCCESS', 'UNSTABLE', 'FAILURE', 'ABORTED']
    private String worst = 'SUCCESS'

    Build(File workspace, File archive, Credentials credentials) {
        this.workspace = workspace
        this.archive = archive
        this.credentials = credentials
    }

    String getResult() {
        worst
    }

    /** Makes the result worse, never better. */
    void worsen(String result) {
        if (RESULTS.indexOf(result) > RESULTS.indexOf(worst)) {
            worst = result
        }
    }

    boolean isFailed() {
        RESULTS.indexOf(worst) >= RESULTS.indexOf('FAILURE')
    }

    /** What a shell step sees beside the environment of the agent itself. */
    Map<String, String> environment() {
        params + env
    }

    /** Does `work` with more variables than now. */
    void withEnvironment(Map<String, String> more, Closure work) {
        Map<String, String> before = new LinkedHashMap<>(env)
        env.putAll(more)
        try {
            work()
        } finally {
            env.clear()
            env.putAll(before)
        }
    }
}
