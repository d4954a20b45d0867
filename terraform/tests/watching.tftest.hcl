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

run "alerts_each_have_their_place_in_the_runbook" {
  command = apply

  assert {
    condition     = keys(google_monitoring_alert_policy.this) == ["backlog", "callbacks", "dead-letters", "errors", "slow", "sweep", "vision-ceiling", "vision-near"]
    error_message = "An alert is missing, or new: say in docs/runbook.md what to do."
  }

  assert {
    condition = alltrue([
      for section in concat([for alert in local.alerts : alert.section], ["Not ready"]) :
      strcontains(file("../docs/runbook.md"), "\n## ${section}\n")
    ])
    error_message = "An alert's section is not in docs/runbook.md."
  }

  assert {
    condition     = alltrue([for key, policy in google_monitoring_alert_policy.this : strcontains(policy.documentation[0].content, "docs/runbook.md#${lower(replace(local.alerts[key].section, " ", "-"))}")])
    error_message = "Each alert links to its section."
  }

  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.this : policy.conditions[0].condition_prometheus_query_language[0].disable_metric_validation])
    error_message = "The first apply must not wait for the first line of the log."
  }
}

run "alerts_ask_for_what_there_is" {
  command = apply
  variables {
    alert_emails = ["ada@example.com", "on-call@example.com"]
    classifier   = { monthly_limit = 3000, features = ["labels", "text"] }
  }

  assert {
    condition     = strcontains(local.alerts.dead-letters.query, "subscription_id=\"whatsit-dead-letters-kept\"") && strcontains(local.alerts.backlog.query, "subscription_id=\"whatsit-classify\"")
    error_message = "The subscriptions that are watched are those that there are."
  }

  assert {
    condition     = local.alerts.vision-near.query == "sum(increase(logging_googleapis_com:user_whatsit_ceiling_near{monitored_resource=\"cloud_run_revision\"}[5m])) > 0" && strcontains(google_logging_metric.ceiling_near.filter, "spending near the ceiling")
    error_message = "Classify itself says when 80 % of the month's units are reserved."
  }

  assert {
    condition     = strcontains(local.alerts.errors.query, "service_name=~\"whatsit-batch|whatsit-control|whatsit-status|whatsit-upload\"")
    error_message = "A 503 of classify asks for another delivery and is no error of a client's."
  }

  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.this : length(policy.notification_channels) == 2])
    error_message = "Everybody on the list is told."
  }
}

run "metrics_read_the_log_of_the_functions" {
  command = apply

  assert {
    condition     = google_logging_metric.uploads.filter == "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"whatsit-upload\" AND jsonPayload.logger=\"dev.whatsit.upload.UploadHandler\" AND jsonPayload.message=(\"accepted\" OR \"deduplicated\")"
    error_message = "Uploads are counted by what upload writes."
  }

  assert {
    condition     = startswith(google_logging_metric.durations.value_extractor, "EXTRACT(labels.since_submission_ms") && google_logging_metric.durations.metric_descriptor[0].value_type == "DISTRIBUTION" && toset([for label in google_logging_metric.outcomes.metric_descriptor[0].labels : label.key]) == toset(keys(google_logging_metric.outcomes.label_extractors))
    error_message = "Each label that is taken out is declared."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles) == 7 && alltrue([for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles : tile.xPos + tile.width <= 48])
    error_message = "The dashboard is JSON, and its tiles lie on it."
  }
}

run "units_of_vision_are_counted_as_they_are_reserved" {
  command = apply

  assert {
    condition     = google_logging_metric.vision_units.value_extractor == "EXTRACT(labels.units)" && google_logging_metric.vision_units.metric_descriptor[0].value_type == "DISTRIBUTION" && strcontains(google_logging_metric.vision_units.filter, "\"units reserved\"")
    error_message = "Classify says how many units it reserves; each is billed at the most once."
  }

  assert {
    condition     = strcontains(google_monitoring_dashboard.overview.dashboard_json, "user_whatsit_vision_units_sum")
    error_message = "The dashboard shows them."
  }
}

run "governance_is_on_where_asked" {
  command = apply
  variables {
    budget       = { billing_account = "012345-6789AB-CDEF01", amount = 50 }
    alert_emails = ["ada@example.com"]
  }

  assert {
    condition     = keys(google_project_iam_audit_config.data) == ["datastore.googleapis.com", "storage.googleapis.com"] && alltrue([for audit in google_project_iam_audit_config.data : toset([for log in audit.audit_log_config : log.log_type]) == toset(["DATA_READ", "DATA_WRITE"])])
    error_message = "Who reads and writes images and records is logged."
  }

  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "50" && tolist([for rule in google_billing_budget.this[0].threshold_rules : rule.threshold_percent]) == tolist([0.5, 0.8, 1]) && google_billing_budget.this[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "The budget is of this project, and tells at 50, 80 and 100 %."
  }
}

run "governance_is_off_where_not_asked" {
  command = apply
  variables {
    audit_logs  = false
    backup_days = 0
  }

  assert {
    condition     = length(google_billing_budget.this) == 0 && length(google_project_iam_audit_config.data) == 0 && length(google_firestore_backup_schedule.daily) == 0 && length(google_monitoring_notification_channel.email) == 0 && length(module.github) == 0
    error_message = "What was not asked for is not there."
  }
}

run "key_of_ones_own_is_used_and_granted_to_every_agent" {
  command = apply
  variables {
    kms_key_name = "projects/demo-project/locations/europe-west1/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition = { for key, grant in google_kms_crypto_key_iam_member.agent : key => "${grant.role} ${grant.member}" } == {
      firestore = "roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:service-123456789012@gcp-sa-firestore.iam.gserviceaccount.com"
      pubsub    = "roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
      storage   = "roles/cloudkms.cryptoKeyEncrypterDecrypter serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    }
    error_message = "An agent without the grant cannot encrypt, and the apply fails half way."
  }

  assert {
    condition = (
      alltrue([for bucket in [google_storage_bucket.images, google_storage_bucket.source] : bucket.encryption[0].default_kms_key_name == var.kms_key_name])
      && alltrue([for topic in google_pubsub_topic.this : topic.kms_key_name == var.kms_key_name])
      && google_firestore_database.this.cmek_config[0].kms_key_name == var.kms_key_name
    )
    error_message = "Buckets, topics and database are encrypted with it."
  }
}

run "key_is_googles_by_default" {
  command = apply

  assert {
    condition     = length(google_kms_crypto_key_iam_member.agent) == 0 && length(google_storage_bucket.images.encryption) == 0 && length(google_firestore_database.this.cmek_config) == 0 && alltrue([for topic in google_pubsub_topic.this : topic.kms_key_name == null])
    error_message = "No key unless named."
  }
}

run "github_deploys_without_a_key_and_only_from_its_environment" {
  command = apply
  variables {
    github = { repository = "example/whatsit", repository_id = "123", owner_id = "456", state_bucket = "state" }
  }

  assert {
    condition     = module.github[0].configuration.condition == "assertion.repository_id == '123' && assertion.repository_owner_id == '456'"
    error_message = "Tokens of other repositories have the same issuer: the numbers tell them apart."
  }

  assert {
    condition = (
      module.github[0].configuration.plan_member == "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/whatsit-github/attribute.repository_id/123"
      && module.github[0].configuration.apply_member == "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/whatsit-github/subject/repo:example/whatsit:environment:production"
    )
    error_message = "Anybody's branch may plan; only the protected environment may apply."
  }

  assert {
    condition = (
      toset(module.github[0].configuration.plan_roles) == toset(["roles/viewer", "roles/iam.securityReviewer"])
      && module.github[0].configuration.state_roles == { plan = "roles/storage.objectViewer", apply = "roles/storage.objectUser" }
      && length(setintersection(module.github[0].configuration.apply_roles, ["roles/owner", "roles/editor"])) == 0
    )
    error_message = "A plan only reads; an apply has roles for what there is, not the project."
  }
}
