/** Something that ends a stage; `result` is what becomes of the run. */
class Failure extends Exception {
    final String result

    Failure(String message, String result = 'FAILURE') {
        super(message)
        this.result = result
    }
}
