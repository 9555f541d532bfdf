/*
 * Runs a declarative Jenkinsfile where no Jenkins can be had: the file itself, in Jenkins' own version of Groovy, each
 * `sh` for real. It knows only what this project's Jenkinsfile uses; every other word is an error.
 *
 *   groovy -cp lab/pipeline lab/pipeline/run.groovy WORKSPACE ARCHIVE CREDENTIALS NUMBER [PARAMETER=value …]
 *
 * Ends with 0 only for SUCCESS. `Masked: N` at the end tells how often a secret would have been printed.
 */
Map<String, File> folders = [workspace: args[0], archive: args[1], credentials: args[2]]
    .collectEntries { name, path -> [name, new File(path).canonicalFile] }
Map<String, String> parameters = args.drop(4).collectEntries { it.split('=', 2) as List }
Plugins plugins = new Plugins(new File(folders.workspace, 'jenkins/plugins.txt'))
Build build = new Build(folders.workspace, folders.archive, new Credentials(folders.credentials))
// As Jenkins sets them.
build.env.putAll([CI: 'true', BUILD_NUMBER: args[3], JOB_NAME: 'motorpool', WORKSPACE: folders.workspace.path])
folders.archive.mkdirs()

PipelineSection read(File file, Plugins plugins) {
    PipelineSection pipeline = null
    Binding words = new Binding(pipeline: { Closure block -> pipeline = new PipelineSection(plugins).read(block) })
    try {
        new GroovyShell(Thread.currentThread().contextClassLoader, words).evaluate(file)
    } catch (MissingMethodException | MissingPropertyException problem) {
        throw new Failure("The Jenkinsfile uses what this runner does not know: ${problem.message}")
    }
    pipeline
}

try {
    PipelineSection pipeline = read(new File(folders.workspace, 'Jenkinsfile'), plugins)
    Closure start = { new Runner(build, plugins).run(pipeline, parameters) }
    // Waits until no other run of the job is under way, as Jenkins lets it wait in its queue.
    pipeline.options.concurrent ? start() : new RandomAccessFile(new File("${folders.workspace}.lock"), 'rw').withCloseable {
        it.channel.lock()
        start()
    }
} catch (Failure failure) {
    build.log.line("ERROR: ${failure.message}")
    build.worsen(failure.result)
}
build.log.line("Masked: ${build.log.masked}")
build.log.line("Finished: ${build.result}")
System.exit(build.result == 'SUCCESS' ? 0 : 1)
