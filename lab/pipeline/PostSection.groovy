/** `post { always { … } … }`: what is done at the end, in the order of Jenkins whatever the order in the file. */
class PostSection extends Strict {
    final Map<String, Closure> conditions = [:]

    String place() {
        'post'
    }

    void always(Closure block) {
        conditions.always = block
    }

    void failure(Closure block) {
        conditions.failure = block
    }

    void success(Closure block) {
        conditions.success = block
    }

    void unstable(Closure block) {
        conditions.unstable = block
    }

    void aborted(Closure block) {
        conditions.aborted = block
    }

    /** The blocks that a result calls for. */
    Map<String, Closure> blocksFor(String result) {
        ['always', 'aborted', 'failure', 'success', 'unstable']
            .findAll { conditions[it] && (it == 'always' || it == result.toLowerCase()) }
            .collectEntries { [it, conditions[it]] }
    }
}
