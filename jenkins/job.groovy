// The one job, in Job DSL: a build of every branch, within two minutes of a push. REPOSITORY comes from the environment
// of Jenkins. Who may push a branch may also change its Jenkinsfile, and so use the credentials.
multibranchPipelineJob('motorpool') {
    description('Tests every branch of Motorpool, and deploys the main one, or goes back to an earlier version.')
    branchSources {
        git {
            id('motorpool')
            remote(REPOSITORY)
            credentialsId('repository')
        }
    }
    triggers {
        periodicFolderTrigger {
            interval('2m')
        }
    }
    orphanedItemStrategy {
        discardOldItems {
            numToKeep(20)
        }
    }
}
