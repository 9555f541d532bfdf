import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import java.util.regex.Pattern
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.customizers.SecureASTCustomizer

// Reads declarative Jenkinsfiles in Jenkins' own version of Groovy, and runs nothing: from [{jenkinsfile, parameters}] in
// JSON to [{pipeline} or {error}]. It knows what this project's Jenkinsfile uses; every other word is an error.

/** What a word like `logRotator(...)` makes for the word around it. */
class Made {
    Map value
}

/** A block that knows exactly its own words: of each which arguments it takes, and what is done with them. */
class Block {
    String place
    Map<String, List> words = [:]
    /** What `params` gives; null where it may not be looked at. */
    Map given
    /** What is set in the block; null where nothing may be set. */
    Map variables

    Object read(Closure block) {
        block.delegate = this
        block.resolveStrategy = Closure.DELEGATE_ONLY
        block.call()
    }

    Object methodMissing(String name, Object values) {
        List word = words[name] ?: propertyMissing(name)
        List arguments = values.collect { it instanceof GString ? it as String : it }
        fits(arguments, word[0]) ?: refuse("`$name` has arguments that the lab does not know: ${arguments.join(', ')}.")
        word[1].call(*arguments)
    }

    Object propertyMissing(String name) {
        name == 'params' && given != null ? given : refuse("`$name` is nothing that the lab knows in $place.")
    }

    void propertyMissing(String name, Object value) {
        variables == null ? refuse("`$name` cannot be set in $place.") : variables.put(name, value as String)
    }

    static Object refuse(String why) {
        throw new IllegalArgumentException(why)
    }

    /** Whether a value is of a class, like a pattern or the same, or a list or map of such; `*` repeats. */
    private static boolean fits(Object value, Object wanted) {
        if (wanted instanceof Map) {
            return value instanceof Map && value.keySet() == wanted.keySet() && value.every { name, part -> fits(part, wanted[name]) }
        }
        if (wanted instanceof List && value instanceof List) {
            List each = wanted.contains('*') ? [wanted[0]] * value.size() : wanted
            return value.size() == each.size() && [value, each].transpose().every { part, one -> fits(part, one) }
        }
        wanted instanceof Pattern ? value instanceof String && value ==~ wanted :
            wanted instanceof Class ? wanted.isInstance(value) : value == wanted
    }
}

/** Reads one pipeline for the parameters that are given to it. */
class Reader {
    private Map params
    private final Set<String> names = []

    Map pipeline(Closure block, Map given) {
        Map parts = blocks('pipeline', block, ['agent', 'options', 'parameters', 'environment', 'stages', 'post'])
        parts.agent && parts.stages ?: Block.refuse('A pipeline needs an agent and stages.')
        new Block(place: 'agent', words: [label: [[~/.+/], { }]]).read(parts.agent)
        Map parameters = [:].withDefault { Block.refuse("The pipeline has no parameter $it.") }
        Map string = [name: String, defaultValue: String, description: String, trim: true]
        new Block(place: 'parameters', words: [string: [[string], { parameters.put(it.name, it.defaultValue) }]])
            .read(parts.parameters ?: { })
        given.keySet().each { parameters.get(it) }
        params = (parameters + given).asImmutable().withDefault { parameters.get(it) }
        Map environment = [:]
        new Block(place: 'environment', given: params, variables: environment).read(parts.environment ?: { })
        [options: options(parts.options ?: { }), parameters: parameters + given, environment: environment,
            stages: stages(parts.stages), post: post(parts.post)]
    }

    /** The blocks in a block, by their names, each at most once. */
    private static Map<String, Closure> blocks(String place, Closure block, List<String> known) {
        Map found = [:]
        new Block(place: place, words: known.collectEntries { name ->
            [name, [[Closure], { found.put(name, it) && Block.refuse("`$name` stands twice in $place.") }]]
        }).read(block ?: { })
        found
    }

    private static Map options(Closure block) {
        Map found = [:]
        new Block(place: 'options', words: [
            timeout: [[[time: Integer, unit: 'MINUTES']], { found.timeout = it }],
            disableConcurrentBuilds: [[], { found.disableConcurrentBuilds = true }],
            buildDiscarder: [[Made], { found.buildDiscarder = it.value }],
            logRotator: [[[numToKeepStr: ~/\d+/]], { new Made(value: [logRotator: it]) }],
        ]).read(block)
        found
    }

    private List<Map> stages(Closure block) {
        List found = []
        new Block(place: 'stages', words: [stage: [[String, Closure], { name, inner -> found << stage(name, inner) }]]).read(block)
        found ?: Block.refuse('There is no stage in `stages`.')
    }

    private Map stage(String name, Closure block) {
        names.add(name) ?: Block.refuse("Two stages have the same name: $name.")
        Map parts = blocks("stage `$name`", block, ['when', 'steps', 'stages', 'post'])
        !parts.steps == !parts.stages && Block.refuse("Stage `$name` needs either steps or stages.")
        Closure condition = parts.when ? blocks('when', parts.when, ['expression']).expression : { true }
        condition ?: Block.refuse("`when` of stage `$name` needs an expression.")
        Map inner = parts.steps ? [steps: steps(parts.steps)] : [stages: stages(parts.stages)]
        inner + [name: name, runs: new Block(place: 'expression', given: params).read(condition) as boolean, post: post(parts.post)]
    }

    private Map<String, List> post(Closure block) {
        blocks('post', block, ['always', 'success']).collectEntries { condition, inner ->
            [condition, steps(inner)]
        }
    }

    private List<Map> steps(Closure block) {
        List found = []
        Pattern file = ~/[\w.\/-]+/
        Map words = [
            sh: String, junit: file, archiveArtifacts: [artifacts: file],
            recordCoverage: [enabledForFailure: true, failOnError: true, tools: [[parser: 'COBERTURA', pattern: file]]],
        ].collectEntries { name, wanted -> [name, [[wanted], { found << [(name): it] }]] }
        words += [
            usernamePassword: [credentialsId: String, usernameVariable: String, passwordVariable: String],
            sshUserPrivateKey: [credentialsId: String, keyFileVariable: String],
        ].collectEntries { name, wanted -> [name, [[wanted], { new Made(value: [(name): it]) }]] }
        words.withCredentials = [[[Made, '*'], Closure], { bindings, inner ->
            found << [withCredentials: [bindings: bindings*.value, steps: steps(inner)]]
        }]
        new Block(place: 'steps', words: words, given: params).read(block)
        found ?: Block.refuse('There is no step in a block of steps.')
    }
}

// A Jenkinsfile has words, texts, lists, maps and blocks: no logic, and none of the methods that Groovy gives to all.
Set<String> ofGroovy = (Closure.metaClass.methods + Closure.metaClass.metaMethods)*.name
SecureASTCustomizer only = new SecureASTCustomizer(
    importsWhitelist: [], packageAllowed: false, methodDefinitionAllowed: false,
    statementsWhitelist: [BlockStatement, ExpressionStatement],
    expressionsWhitelist: [ArgumentListExpression, BinaryExpression, ClosureExpression, ConstantExpression, GStringExpression,
        ListExpression, MapEntryExpression, MapExpression, MethodCallExpression, NamedArgumentListExpression,
        PropertyExpression, TupleExpression, VariableExpression])
only.addStatementCheckers({
    !(it instanceof ExpressionStatement) || it.expression instanceof BinaryExpression || it.expression instanceof MethodCallExpression &&
        !(it.expression.methodAsString in ['logRotator', 'usernamePassword', 'sshUserPrivateKey']) // are nothing alone
} as SecureASTCustomizer.StatementChecker)
only.addExpressionCheckers({
    !(it instanceof VariableExpression) || it.name ==~ /this|params|[A-Z][A-Z\d_]*/
} as SecureASTCustomizer.ExpressionChecker, {
    !(it instanceof MethodCallExpression) || it.implicitThis && it.methodAsString && !(it.methodAsString in ofGroovy)
} as SecureASTCustomizer.ExpressionChecker)
CompilerConfiguration configuration = new CompilerConfiguration(scriptBaseClass: DelegatingScript.name)
configuration.addCompilationCustomizers(only)

println JsonOutput.toJson(new JsonSlurper().parseText(System.in.getText('UTF-8')).collect { one ->
    try {
        Map pipeline = null
        Map words = [pipeline: [[Closure], { pipeline = new Reader().pipeline(it, one.parameters) }]]
        DelegatingScript script = new GroovyShell(configuration).parse(one.jenkinsfile as String) as DelegatingScript
        script.setDelegate(new Block(place: 'a Jenkinsfile', words: words)) // as a property it would be the block's
        script.run()
        [pipeline: pipeline ?: Block.refuse('There is no pipeline in the Jenkinsfile.')]
    } catch (Exception problem) {
        [error: problem.message.split('\n\n').first()]
    }
})
