import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions

/** Jenkins' credentials: a folder with one folder for each id, which holds a file for each part (username, password, key). */
class Credentials {
    private final File folder

    Credentials(File folder) {
        this.folder = folder
    }

    /** The values of a binding such as `usernamePassword(…)`: variables, and which of the values are secret. */
    Map bind(Map binding, File temporary) {
        String id = binding.credentialsId
        if (binding.kind == 'usernamePassword') {
            String password = part(id, 'password')
            return [
                variables: [(binding.usernameVariable): part(id, 'username'), (binding.passwordVariable): password],
                secrets: [password],
            ]
        }
        File key = new File(temporary, "ssh-key-$id")
        Files.createFile(key.toPath(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString('rw-------')))
        key.text = new File(folder, "$id/key").text
        // The path is masked too, as Jenkins does.
        [variables: [(binding.keyFileVariable): key.path], secrets: [key.path, key.text.trim()]]
    }

    private String part(String id, String name) {
        File file = new File(folder, "$id/$name")
        if (!file.file) {
            throw new Failure("There are no credentials `$id` with a $name; give them in ${file}.")
        }
        file.text.trim()
    }
}
