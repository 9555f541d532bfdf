// The one job, in Job DSL. REPOSITORY and BRANCH come from the environment of Jenkins.
pipelineJob('motorpool') {
    description('Makes a new version of Motorpool and deploys it, or goes back to an earlier one.')
    parameters {
        stringParam('VERSION', '', 'The new version, like 1.2.3. Empty: that of package.json, and the commit.')
        stringParam('ROLLBACK_TO', '', 'An earlier version to go back to, instead of making and deploying a new one.')
        stringParam('INVENTORY', 'ansible/inventory.yml', 'The inventory of Ansible that names the nodes.')
    }
    definition {
        cpsScm {
            scriptPath('Jenkinsfile')
            scm {
                git {
                    remote {
                        url(REPOSITORY)
                    }
                    branch(BRANCH)
                }
            }
        }
    }
}
