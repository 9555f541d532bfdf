/** What a run prints. Secrets are masked as Jenkins masks them; `masked` counts how often that was needed. */
class Log {
    int masked = 0
    private final List<String> secrets = []

    /** Masks these values in everything that is printed while `work` runs. */
    void masking(Collection<String> values, Closure work) {
        List<String> before = secrets.clone() as List<String>
        secrets.addAll(values.findAll { it })
        try {
            work()
        } finally {
            secrets.clear()
            secrets.addAll(before)
        }
    }

    /** Whether a text holds a secret that is masked now. */
    boolean isSecretIn(String text) {
        secrets.any { text.contains(it) }
    }

    synchronized void line(String text) {
        String shown = text
        for (secret in secrets) {
            masked += shown.count(secret)
            shown = shown.replace(secret, '****')
        }
        println shown
        System.out.flush()
    }
}
