mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  project_id = "demo-project"
  archives = {
    upload      = "tests/fixtures/first.zip"
    status      = "tests/fixtures/first.zip"
    control     = "tests/fixtures/first.zip"
    classify    = "tests/fixtures/first.zip"
    thumbnail   = "tests/fixtures/first.zip"
    dead-letter = "tests/fixtures/first.zip"
    notify      = "tests/fixtures/first.zip"
    batch       = "tests/fixtures/first.zip"
    fetch       = "tests/fixtures/first.zip"
    progress    = "tests/fixtures/first.zip"
    sweep       = "tests/fixtures/first.zip"
  }
}

# Everything that a function may, role by role. A role that is widened, added or taken away fails here.
run "access_of_functions_is_what_they_use" {
  command = apply

  assert {
    condition = toset([for grant in google_project_iam_member.records : "${split("@", grant.member)[0]} ${grant.role}"]) == toset([
      "serviceAccount:whatsit-upload roles/datastore.user",
      "serviceAccount:whatsit-status roles/datastore.viewer",
      "serviceAccount:whatsit-control roles/datastore.user",
      "serviceAccount:whatsit-classify roles/datastore.user",
      "serviceAccount:whatsit-thumbnail roles/datastore.user",
      "serviceAccount:whatsit-dead-letter roles/datastore.user",
      "serviceAccount:whatsit-notify roles/datastore.user",
      "serviceAccount:whatsit-batch roles/datastore.user",
      "serviceAccount:whatsit-fetch roles/datastore.user",
      "serviceAccount:whatsit-progress roles/datastore.user",
      "serviceAccount:whatsit-sweep roles/datastore.user",
    ])
    error_message = "Status only reads records, the others write them; nobody has another role on the project."
  }

  assert {
    condition = alltrue([
      for grant in google_project_iam_member.records :
      grant.condition[0].expression == "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/demo-project/databases/whatsit-records\""
    ])
    error_message = "A Firestore role is on the project: without the condition it is a role on every database."
  }

  assert {
    condition = toset([for grant in google_storage_bucket_iam_member.objects : "${split("@", grant.member)[0]} ${grant.role} ${grant.bucket}"]) == toset([
      "serviceAccount:whatsit-upload roles/storage.objectCreator demo-project-whatsit-images",
      "serviceAccount:whatsit-fetch roles/storage.objectCreator demo-project-whatsit-images",
      "serviceAccount:whatsit-status roles/storage.objectViewer demo-project-whatsit-images",
      "serviceAccount:whatsit-classify roles/storage.objectViewer demo-project-whatsit-images",
      "serviceAccount:whatsit-thumbnail roles/storage.objectViewer demo-project-whatsit-images",
      "serviceAccount:whatsit-thumbnail roles/storage.objectCreator demo-project-whatsit-images",
    ])
    error_message = "Upload and fetch create images, status, classify and thumbnail read them, thumbnail creates thumbnails, nobody else comes near."
  }

  # The bucket's own name is for listing and for asking what is permitted; no object has it.
  assert {
    condition = { for key, grant in google_storage_bucket_iam_member.objects : key => grant.condition[0].expression } == {
      for key, areas in {
        "upload/creates"    = ["images/"]
        "fetch/creates"     = ["images/"]
        "status/reads"      = ["images/", "thumbnails/"]
        "classify/reads"    = ["images/"]
        "thumbnail/reads"   = ["images/"]
        "thumbnail/creates" = ["thumbnails/"]
      } :
      key => join(" || ", concat(
        ["resource.name == \"projects/_/buckets/demo-project-whatsit-images\""],
        [for area in areas : "resource.name.startsWith(\"projects/_/buckets/demo-project-whatsit-images/objects/${area}\")"],
      ))
    }
    error_message = "Originals and thumbnails are apart: only thumbnail creates thumbnails, and only upload and fetch create images."
  }

  assert {
    condition = toset([for grant in google_pubsub_topic_iam_member.publisher : "${split("@", grant.member)[0]} ${grant.role} ${grant.topic}"]) == toset([
      "serviceAccount:whatsit-upload roles/pubsub.publisher whatsit-work",
      "serviceAccount:whatsit-control roles/pubsub.publisher whatsit-work",
      "serviceAccount:whatsit-sweep roles/pubsub.publisher whatsit-work",
      "serviceAccount:whatsit-classify roles/pubsub.publisher whatsit-dead-letters",
      "serviceAccount:whatsit-upload roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-control roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-sweep roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-classify roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-dead-letter roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-notify roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-batch roles/pubsub.publisher whatsit-fetches",
      "serviceAccount:whatsit-batch roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-fetch roles/pubsub.publisher whatsit-work",
      "serviceAccount:whatsit-fetch roles/pubsub.publisher whatsit-dead-letters",
      "serviceAccount:whatsit-fetch roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-progress roles/pubsub.publisher whatsit-results",
      "serviceAccount:whatsit-sweep roles/pubsub.publisher whatsit-fetches",
    ])
    error_message = "Each publishes to the topics that it uses and to no other."
  }

  assert {
    condition = (
      [for key, grant in google_service_account_iam_member.sign : key] == ["status"]
      && google_service_account_iam_member.sign["status"].role == "roles/iam.serviceAccountTokenCreator"
      && google_service_account_iam_member.sign["status"].service_account_id == google_service_account.function["status"].name
      && google_service_account_iam_member.sign["status"].member == google_service_account.function["status"].member
    )
    error_message = "Status alone signs, as itself and as nobody else."
  }

  assert {
    condition = (
      toset([for grant in google_cloud_tasks_queue_iam_member.enqueuer : "${split("@", grant.member)[0]} ${grant.role} ${grant.name}"]) == toset([
        "serviceAccount:whatsit-upload roles/cloudtasks.enqueuer whatsit-later",
        "serviceAccount:whatsit-notify roles/cloudtasks.enqueuer whatsit-later",
      ])
    )
    error_message = "Upload and notify make tasks, nobody else."
  }

  # A task acts as the account that it names, with all that this account may.
  assert {
    condition = (
      toset([for grant in google_service_account_iam_member.acts_as_due : "${split("@", grant.member)[0]} ${grant.role} ${grant.service_account_id}"]) == toset([
        "serviceAccount:whatsit-upload roles/iam.serviceAccountUser projects/demo-project/serviceAccounts/whatsit-due-work@demo-project.iam.gserviceaccount.com",
        "serviceAccount:whatsit-notify roles/iam.serviceAccountUser projects/demo-project/serviceAccounts/whatsit-due-results@demo-project.iam.gserviceaccount.com",
      ])
      && toset([for grant in google_pubsub_topic_iam_member.due : "${split("@", grant.member)[0]} ${grant.role} ${grant.topic}"]) == toset([
        "serviceAccount:whatsit-due-work roles/pubsub.publisher whatsit-work",
        "serviceAccount:whatsit-due-results roles/pubsub.publisher whatsit-results",
      ])
    )
    error_message = "Upload has work published and notify results, each through an account that can do nothing else."
  }

  assert {
    condition = (
      output.configuration.upload.environment.SCHEDULE_QUEUE == "projects/demo-project/locations/europe-west1/queues/whatsit-later"
      && output.configuration.upload.environment.SCHEDULE_ACCOUNT == "whatsit-due-work@demo-project.iam.gserviceaccount.com"
      && output.configuration.notify.environment.SCHEDULE_ACCOUNT == "whatsit-due-results@demo-project.iam.gserviceaccount.com"
    )
    error_message = "Each is told the queue's full name and the address of the account for its topic."
  }

  assert {
    condition = (
      [for grant in google_secret_manager_secret_iam_member.function : "${split("@", grant.member)[0]} ${grant.role} ${grant.secret_id}"]
      == ["serviceAccount:whatsit-notify roles/secretmanager.secretAccessor whatsit-callback-secrets"]
      && { for name, f in output.configuration : name => f.secrets if length(f.secrets) > 0 } == { notify = ["CALLBACK_SECRETS"] }
    )
    error_message = "A secret is read by the function that is given it, and by nobody else."
  }

  assert {
    condition     = length(distinct([for account in google_service_account.function : account.account_id])) == 11
    error_message = "Each function has an account of its own."
  }

  assert {
    condition     = alltrue([for name, function in output.configuration : function.service_account == "whatsit-${name}@demo-project.iam.gserviceaccount.com"])
    error_message = "Each function runs as its own account."
  }
}

run "access_of_pubsubs_agent_lets_it_sign_pushes" {
  command = apply

  assert {
    condition = (
      google_service_account_iam_member.pubsub_signs.role == "roles/iam.serviceAccountTokenCreator"
      && google_service_account_iam_member.pubsub_signs.service_account_id == google_service_account.invoker.name
      && google_service_account_iam_member.pubsub_signs.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    )
    error_message = "Without it no push has a token, and every image stays queued."
  }
}

run "access_of_the_build_is_what_it_uses" {
  command = apply

  assert {
    condition = (
      google_project_iam_member.build_logs.role == "roles/logging.logWriter"
      && google_artifact_registry_repository_iam_member.build.role == "roles/artifactregistry.writer"
      && google_artifact_registry_repository_iam_member.build.repository == "whatsit-functions"
      && google_storage_bucket_iam_member.build.role == "roles/storage.objectViewer"
      && google_storage_bucket_iam_member.build.bucket == "demo-project-whatsit-source"
    )
    error_message = "The build reads its sources, writes its images and its log, and nothing else."
  }

  assert {
    condition = (
      google_project_iam_member.build_copies.role == "roles/storage.objectViewer"
      && google_project_iam_member.build_copies.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1\")"
    )
    error_message = "Of the project's buckets the build reads the one with the copies, and not that of the images."
  }

  assert {
    condition     = alltrue([for function in values(output.configuration) : function.build_service_account == google_service_account.build.name])
    error_message = "Functions are built as the build account, not as the project's default."
  }
}

run "callers_by_default_are_our_own_alone" {
  command = apply

  assert {
    condition = { for name, function in output.configuration : name => function.invokers } == {
      upload      = [], status = [], control = [], batch = []
      fetch       = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      progress    = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      classify    = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      thumbnail   = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      dead-letter = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      notify      = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
      sweep       = ["serviceAccount:whatsit-invoker@demo-project.iam.gserviceaccount.com"]
    }
    error_message = "Private by default: only Pub/Sub and Cloud Scheduler call, and only what they must."
  }

  assert {
    condition = { for name, function in output.configuration : name => function.ingress } == {
      upload   = "ALLOW_ALL", status = "ALLOW_ALL", control = "ALLOW_ALL", batch = "ALLOW_ALL"
      fetch    = "ALLOW_INTERNAL_ONLY", progress = "ALLOW_INTERNAL_ONLY"
      classify = "ALLOW_INTERNAL_ONLY", thumbnail = "ALLOW_INTERNAL_ONLY", dead-letter = "ALLOW_INTERNAL_ONLY", notify = "ALLOW_INTERNAL_ONLY", sweep = "ALLOW_INTERNAL_ONLY"
    }
    error_message = "What clients never call takes requests from inside only."
  }

  assert {
    condition = (
      google_cloud_run_service_iam_member.monitoring[0].service == "whatsit-status"
      && google_cloud_run_service_iam_member.monitoring[0].member == "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
    )
    error_message = "The uptime check must be let in to a private status."
  }
}

run "callers_that_are_named_reach_the_three_for_clients" {
  command = apply
  variables {
    invoker_members = ["user:ada@example.com"]
  }

  assert {
    condition = (
      alltrue([for name in ["upload", "status", "control", "batch"] : output.configuration[name].invokers == ["user:ada@example.com"]])
      && alltrue([for name in ["classify", "thumbnail", "dead-letter", "notify", "fetch", "progress", "sweep"] : !contains(output.configuration[name].invokers, "user:ada@example.com")])
    )
    error_message = "Named members call upload, status, control and batch, and no event function."
  }
}

run "callers_are_everybody_only_when_said" {
  command = apply
  variables {
    allow_unauthenticated = true
  }

  assert {
    condition = (
      alltrue([for name in ["upload", "status", "control", "batch"] : output.configuration[name].invokers == ["allUsers"]])
      && alltrue([for name in ["classify", "thumbnail", "dead-letter", "notify", "fetch", "progress", "sweep"] : !contains(output.configuration[name].invokers, "allUsers")])
    )
    error_message = "allow_unauthenticated opens what is for clients, never an event function."
  }

  assert {
    condition     = length(google_cloud_run_service_iam_member.monitoring) == 0 && length(google_monitoring_uptime_check_config.status[0].http_check[0].service_agent_authentication) == 0
    error_message = "Where everybody may call, the uptime check needs no token."
  }
}
