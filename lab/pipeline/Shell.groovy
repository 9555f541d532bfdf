import groovy.transform.CompileStatic

import java.util.concurrent.TimeUnit

/** Runs shell scripts as Jenkins' `sh` step does: written to a file, by `sh -xe`, without standard input. */
@CompileStatic
class Shell {
    private static final long PATIENCE_MS = 3000

    /** Gives the exit code, or null if `deadline` (ms since 1970) passed first; then all that it started is ended. */
    static Integer run(String script, File folder, Map<String, String> environment, long deadline, Closure line) {
        File file = File.createTempFile('step-', '.sh')
        try {
            file.text = script
            ProcessBuilder builder = new ProcessBuilder('/bin/sh', '-xe', file.path)
            builder.directory(folder).redirectErrorStream(true)
            builder.redirectInput(ProcessBuilder.Redirect.from(new File('/dev/null')))
            builder.environment().putAll(environment)
            Process process = builder.start()
            Thread printing = Thread.start {
                process.inputStream.withReader { Reader reader -> reader.eachLine { String text -> line.call(text) } }
            }
            boolean ended = process.waitFor(Math.max(0, deadline - System.currentTimeMillis()), TimeUnit.MILLISECONDS)
            if (!ended) {
                end(process)
            }
            printing.join()
            return ended ? process.exitValue() : null
        } finally {
            file.delete()
        }
    }

    // All that a script started goes with it; what does not go when it is asked to is killed.
    private static void end(Process process) {
        List<ProcessHandle> all = process.descendants().iterator().toList()
        all.add(process.toHandle())
        all.each { ProcessHandle handle -> handle.destroy() }
        waitUntilGone(all)
        all.each { ProcessHandle handle -> handle.destroyForcibly() }
        waitUntilGone(all)
    }

    private static void waitUntilGone(List<ProcessHandle> all) {
        long patience = System.currentTimeMillis() + PATIENCE_MS
        while (all.any { ProcessHandle handle -> handle.alive } && System.currentTimeMillis() < patience) {
            sleep(50)
        }
    }
}
