import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.PathMatcher

/** What Jenkins' plugins read from a workspace; what they would refuse is refused here too. */
class Reports {
    private final Build build

    Reports(Build build) {
        this.build = build
    }

    /** Counts test cases in JUnit XML. Throws a Failure if there is no file, an old one, or none with a test case. */
    Map<String, Integer> tests(String pattern) {
        List<File> files = find(pattern)
        if (!files) {
            throw new Failure("No test report files were found by `$pattern`.")
        }
        // A second of tolerance, since file systems round.
        if (files.every { it.lastModified() < build.began - 1000 }) {
            throw new Failure("Test reports were found by `$pattern`, but none of them are new.")
        }
        List cases = files.collectMany { file -> parse(file).'**'.findAll { it.name() == 'testcase' } }
        if (!cases) {
            throw new Failure("The test reports found by `$pattern` hold no test case.")
        }
        files.each { keep(it, 'junit') }
        [
            total: cases.size(),
            failed: cases.count { it.failure.size() + it.error.size() > 0 },
            skipped: cases.count { it.skipped.size() > 0 },
        ]
    }

    /** The part of the lines that are covered, of Cobertura XML, in percent. Throws a Failure if there is none. */
    BigDecimal lineCoverage(String pattern) {
        List<File> files = find(pattern)
        if (files.size() != 1) {
            throw new Failure("Expected one coverage report by `$pattern`, found ${files.size()}.")
        }
        def coverage = parse(files.first())
        if (coverage.name() != 'coverage' || !(coverage.'**'.any { it.name() == 'line' })) {
            throw new Failure("${files.first()} is no Cobertura report with lines in it.")
        }
        keep(files.first(), 'coverage')
        (coverage.@'line-rate'.text() as BigDecimal) * 100
    }

    /** Keeps the files that match, with their paths; gives how many there are. */
    int keepArtifacts(String pattern) {
        List<File> files = find(pattern)
        files.each { keep(it, 'artifacts') }
        files.size()
    }

    private List<File> find(String patterns) {
        patterns.split(',')*.trim().collectMany { pattern ->
            PathMatcher matcher = FileSystems.default.getPathMatcher("glob:$pattern")
            // Looks only into the folder that the pattern begins with: a workspace holds node_modules too.
            String fixed = pattern.takeWhile { !('*?{['.contains(it as String)) }
            File start = new File(build.workspace, fixed.contains('/') ? fixed[0..<fixed.lastIndexOf('/')] : '.')
            if (!start.exists()) {
                return []
            }
            List<File> found = []
            start.eachFileRecurse(groovy.io.FileType.FILES) { file ->
                if (matcher.matches(build.workspace.toPath().relativize(file.toPath().normalize()))) {
                    found << file
                }
            }
            found
        }
    }

    private void keep(File file, String kind) {
        File kept = new File(build.archive, "$kind/${build.workspace.toPath().relativize(file.toPath().normalize())}")
        kept.parentFile.mkdirs()
        Files.copy(file.toPath(), kept.toPath(), java.nio.file.StandardCopyOption.REPLACE_EXISTING)
    }

    // Cobertura reports name a DTD of a site that is long gone: allowed, but never fetched.
    private Object parse(File file) {
        XmlSlurper slurper = new XmlSlurper(false, false, true)
        slurper.setFeature('http://apache.org/xml/features/nonvalidating/load-external-dtd', false)
        try {
            return slurper.parse(file)
        } catch (org.xml.sax.SAXException problem) {
            throw new Failure("${file} is no XML: ${problem.message}")
        }
    }
}
