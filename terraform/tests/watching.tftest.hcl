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
    condition     = keys(google_monitoring_alert_policy.this) == ["backlog", "callbacks", "dead-letters", "errors", "later", "overdue", "slow", "sweep", "vision-ceiling", "vision-near"]
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
    condition     = strcontains(local.alerts.dead-letters.query, "subscription_id=\"whatsit-dead-letters-kept\"") && strcontains(local.alerts.backlog.query, "by (subscription_id)") && strcontains(local.alerts.backlog.query, "subscription_id=~\"whatsit-classify|whatsit-dead-letter|whatsit-fetch|whatsit-notify|whatsit-progress|whatsit-thumbnail\"")
    error_message = "The subscriptions that are watched are those that there are."
  }

  assert {
    condition     = local.alerts.vision-near.query == "sum(increase(logging_googleapis_com:user_whatsit_ceiling_near{monitored_resource=\"cloud_run_revision\"}[5m])) > 0" && strcontains(google_logging_metric.logged["ceiling_near"].filter, "spending near the ceiling")
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
    condition     = google_logging_metric.logged["uploads"].filter == "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"whatsit-upload\" AND jsonPayload.logger=(\"dev.whatsit.upload.UploadHandler\") AND jsonPayload.message=(\"accepted\" OR \"deduplicated\")"
    error_message = "Uploads are counted by what upload writes."
  }

  assert {
    condition = alltrue([
      for metric in google_logging_metric.logged :
      toset([for label in metric.metric_descriptor[0].labels : label.key]) == toset(keys(metric.label_extractors))
      && (metric.metric_descriptor[0].value_type == "DISTRIBUTION") == (metric.value_extractor != null)
      && (metric.metric_descriptor[0].value_type == "DISTRIBUTION") == (length(metric.bucket_options) == 1)
    ])
    error_message = "Each label that is taken out is declared, and what has a value is a distribution."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles) == 12 && alltrue([for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles : try(tile.xPos, 0) + tile.width <= 48])
    error_message = "The dashboard is JSON, and its tiles lie on it."
  }
}

run "dashboard_says_no_zeros_that_a_second_plan_would_add" {
  command = apply

  assert {
    condition     = alltrue([for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles : try(tile.xPos, 24) != 0 && try(tile.yPos, 16) != 0])
    error_message = "The service does not give back what is 0: the second apply would change the dashboard, and each after it."
  }

  assert {
    condition     = length(distinct([for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles : "${try(tile.xPos, 0)} ${try(tile.yPos, 0)}"])) == 12
    error_message = "No two tiles lie in the same place."
  }
}

run "what_waits_is_watched_wherever_it_waits" {
  command = apply

  # Every subscription that pushes, every topic's messages, and the queue for later.
  assert {
    condition     = toset(values(local.subscriptions)) == toset([for s in module.subscription : s.name])
    error_message = "A subscription is not watched, or one that there is not."
  }

  assert {
    condition = alltrue([
      strcontains(local.alerts.later.query, "queue_id=\"whatsit-later\"") && strcontains(local.alerts.later.query, "response_code!~"),
      strcontains(local.alerts.callbacks.query, "user_whatsit_callbacks{") && strcontains(local.alerts.callbacks.query, "outcome=\"callback given up\""),
      strcontains(local.alerts.overdue.query, "user_whatsit_overdue_count{") && strcontains(local.alerts.overdue.query, "more=\"true\""),
      strcontains(local.alerts.sweep.query, "user_whatsit_sweep_failures{") && strcontains(local.alerts.sweep.query, "user_whatsit_not_taken_up{"),
    ])
    error_message = "Failed tasks, callbacks that are given up and work that stays overdue wake somebody."
  }

  assert {
    condition     = alltrue([for logged in local.logged : contains(keys(local.functions), logged.function)])
    error_message = "A metric reads the log of a function that there is not."
  }

  # A name that is used in a query and made nowhere is silent for ever.
  assert {
    condition = alltrue([
      for metric in flatten([for query in values(local.queries) : regexall("user_whatsit_([a-z_]+)\\{", query)]) :
      contains([for made in concat(values(google_logging_metric.logged), [google_logging_metric.sweep_failures]) : replace(trimprefix(made.name, "whatsit-"), "-", "_")], replace(metric, "/_(sum|count|bucket)$/", ""))
    ])
    error_message = "A query asks for a metric that there is not."
  }

  assert {
    condition     = toset([for key, logged in local.logged : key]) == toset([for metric in flatten([for query in values(local.queries) : regexall("user_whatsit_([a-z_]+)\\{", query)]) : replace(metric, "/_(sum|count|bucket)$/", "") if metric != "sweep_failures"])
    error_message = "A metric is made and nobody asks for it."
  }
}

run "units_of_vision_are_counted_as_they_are_reserved" {
  command = apply

  assert {
    condition     = google_logging_metric.logged["vision_units"].value_extractor == "EXTRACT(labels.units)" && google_logging_metric.logged["vision_units"].metric_descriptor[0].value_type == "DISTRIBUTION" && strcontains(google_logging_metric.logged["vision_units"].filter, "\"units reserved\"")
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
    condition     = keys(google_project_iam_audit_config.data) == ["datastore.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com"] && alltrue([for audit in google_project_iam_audit_config.data : toset([for log in audit.audit_log_config : log.log_type]) == toset(["DATA_READ", "DATA_WRITE"])])
    error_message = "Who reads and writes images, records and secrets is logged."
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
