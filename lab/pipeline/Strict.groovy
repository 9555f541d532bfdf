/** A part of a Jenkinsfile that knows exactly its own words: every other word stops the run, none is passed over. */
abstract class Strict {
    /** What this part is called in messages. */
    abstract String place()

    def methodMissing(String name, Object arguments) {
        throw new Failure("`$name` is nothing that this runner knows in ${place()}.")
    }

    def propertyMissing(String name) {
        throw new Failure("`$name` is nothing that this runner knows in ${place()}.")
    }

    void propertyMissing(String name, Object value) {
        throw new Failure("`$name` cannot be set in ${place()}.")
    }

    /** Evaluates a block of the Jenkinsfile with this part's words and no others. */
    def evaluate(Closure block) {
        Closure own = block.clone() as Closure
        own.delegate = this
        own.resolveStrategy = Closure.DELEGATE_ONLY
        own.call()
    }

    /** Throws if a step or a directive got an argument that this runner would pass over. */
    static void expectOnly(String name, Map arguments, List<String> known) {
        List<String> unknown = (arguments.keySet() - known) as List<String>
        if (unknown) {
            throw new Failure("`$name` has arguments that this runner does not know: ${unknown.join(', ')}.")
        }
    }
}
