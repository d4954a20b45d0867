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

run "functions_are_sized_and_named_as_the_table_says" {
  command = apply

  assert {
    condition = { for name, f in output.configuration : name => [f.memory, f.cpu, tostring(f.concurrency), tostring(f.timeout), tostring(f.min_instances), tostring(f.max_instances)] } == {
      upload      = ["1024Mi", "1", "16", "120", "0", "20"]
      status      = ["512Mi", "1", "40", "60", "0", "20"]
      control     = ["512Mi", "1", "40", "60", "0", "5"]
      classify    = ["512Mi", "1", "8", "120", "0", "10"]
      thumbnail   = ["1024Mi", "1", "2", "120", "0", "10"]
      dead-letter = ["512Mi", "1", "8", "60", "0", "2"]
      notify      = ["512Mi", "1", "16", "60", "0", "5"]
      batch       = ["512Mi", "1", "16", "60", "0", "5"]
      fetch       = ["1024Mi", "1", "8", "120", "0", "10"]
      progress    = ["512Mi", "1", "16", "60", "0", "5"]
      sweep       = ["512Mi", "1", "1", "60", "0", "1"]
    }
    error_message = "A function has another size."
  }

  assert {
    condition = { for name, f in output.configuration : name => f.entry_point } == {
      upload      = "dev.whatsit.upload.UploadFunction"
      status      = "dev.whatsit.status.StatusFunction"
      control     = "dev.whatsit.control.ControlFunction"
      classify    = "dev.whatsit.classify.ClassifyPushFunction"
      thumbnail   = "dev.whatsit.thumbnail.ThumbnailPushFunction"
      dead-letter = "dev.whatsit.deadletter.DeadLetterPushFunction"
      notify      = "dev.whatsit.notify.NotifyPushFunction"
      batch       = "dev.whatsit.batch.BatchFunction"
      fetch       = "dev.whatsit.fetch.FetchPushFunction"
      progress    = "dev.whatsit.progress.ProgressPushFunction"
      sweep       = "dev.whatsit.sweep.SweepFunction"
    }
    error_message = "A function has another entry point. What a push subscription calls must be the push class."
  }

  assert {
    condition     = alltrue([for f in values(output.configuration) : f.runtime == "java25" && f.build_environment == tomap({ USE_JAVA_FF_2 = "true" })])
    error_message = "Java 25, with the invoker that this is tested with."
  }

  assert {
    condition     = alltrue([for name, f in output.configuration : startswith(f.source, "whatsit-${name}-${filesha256("tests/fixtures/first.zip")}")])
    error_message = "A zip's object carries the hash of its content."
  }
}

run "environment_is_what_each_function_reads" {
  command = apply

  assert {
    condition = { for name, f in output.configuration : name => sort(keys(f.environment)) } == {
      upload  = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "WORK_TOPIC", "RESULTS_TOPIC", "PUBLIC_URL", "SCHEDULE_QUEUE", "SCHEDULE_ACCOUNT"])
      status  = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET"])
      control = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WORK_TOPIC", "RESULTS_TOPIC", "PUBLIC_URL"])
      classify = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "DEAD_LETTER_TOPIC", "RESULTS_TOPIC",
      "CLASSIFIER", "VISION_FEATURES", "VISION_MONTHLY_LIMIT", "CLASSIFIER_DEADLINE_SECONDS", "FUNCTION_TIMEOUT_SECONDS", "LEASE_SECONDS", "ACK_DEADLINE_SECONDS"])
      thumbnail   = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET"])
      dead-letter = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC"])
      notify      = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC", "SCHEDULE_QUEUE", "SCHEDULE_ACCOUNT"])
      batch       = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "FETCH_TOPIC", "RESULTS_TOPIC", "PUBLIC_URL"])
      fetch       = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "IMAGE_BUCKET", "WORK_TOPIC", "DEAD_LETTER_TOPIC", "RESULTS_TOPIC"])
      progress    = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "RESULTS_TOPIC"])
      sweep       = sort(["JAVA_TOOL_OPTIONS", "LOG_EXECUTION_ID", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "WORK_TOPIC", "RESULTS_TOPIC", "FETCH_TOPIC"])
    }
    error_message = "A function is told more or less than it reads."
  }

  assert {
    condition = (
      output.configuration.status.environment.JAVA_TOOL_OPTIONS == "-XX:MaxRAMPercentage=60 -XX:TieredStopAtLevel=1"
      && startswith(output.configuration.upload.environment.JAVA_TOOL_OPTIONS, "-XX:MaxRAMPercentage=60 -XX:Tier4InvocationThreshold=")
    )
    error_message = "Each starts with the flags that were measured for it."
  }

  assert {
    condition = (
      output.configuration.upload.environment.PUBLIC_URL == "https://status.run.app"
      && output.configuration.upload.environment.IMAGE_BUCKET == google_storage_bucket.images.name
      && output.configuration.upload.environment.WORK_TOPIC == "whatsit-work"
      && output.configuration.classify.environment.DEAD_LETTER_TOPIC == "whatsit-dead-letters"
      && output.configuration.notify.environment.RESULTS_TOPIC == "whatsit-results"
      && output.configuration.batch.environment.FETCH_TOPIC == "whatsit-fetches"
      && output.configuration.status.environment.FIRESTORE_DATABASE == "whatsit-records"
      && output.configuration.classify.environment.CLASSIFIER == "vision"
      && output.configuration.classify.environment.VISION_MONTHLY_LIMIT == "1000"
    )
    error_message = "A setting has another value than the thing that it names."
  }
}

run "settings_reach_those_that_read_them" {
  command = apply
  variables {
    settings = { MIN_CONFIDENCE = "0.5", LOG_FORMAT = "json", SWEEP_LIMIT = "100" }
  }

  assert {
    condition     = { for name, f in output.configuration : name => f.environment.MIN_CONFIDENCE if contains(keys(f.environment), "MIN_CONFIDENCE") } == { classify = "0.5" }
    error_message = "MIN_CONFIDENCE is classify's alone."
  }

  assert {
    condition     = { for name, f in output.configuration : name => f.environment.SWEEP_LIMIT if contains(keys(f.environment), "SWEEP_LIMIT") } == { sweep = "100" }
    error_message = "SWEEP_LIMIT is sweep's alone."
  }

  assert {
    condition     = alltrue([for f in values(output.configuration) : f.environment.LOG_FORMAT == "json"])
    error_message = "LOG_FORMAT is everybody's."
  }
}

run "times_rise_and_are_told_alike_to_code_and_platform" {
  command = apply

  assert {
    condition = (
      output.configuration.classify.environment.CLASSIFIER_DEADLINE_SECONDS == "60"
      && output.configuration.classify.environment.FUNCTION_TIMEOUT_SECONDS == "120"
      && output.configuration.classify.environment.LEASE_SECONDS == "150"
      && output.configuration.classify.environment.ACK_DEADLINE_SECONDS == "180"
    )
    error_message = "The times of the design: 60 < 120 < 150 < 180 seconds."
  }

  assert {
    condition = (
      output.configuration.classify.timeout == tonumber(output.configuration.classify.environment.FUNCTION_TIMEOUT_SECONDS)
      && module.subscription["classify"].configuration.acknowledgement == tonumber(output.configuration.classify.environment.ACK_DEADLINE_SECONDS)
    )
    error_message = "The platform must keep the times that the code believes in."
  }
}

run "times_that_are_set_are_set_everywhere" {
  command = apply
  variables {
    times = { classifier = 90, function = 200, lease = 250, acknowledgement = 300 }
  }

  assert {
    condition = (
      output.configuration.classify.timeout == 200
      && output.configuration.classify.environment.LEASE_SECONDS == "250"
      && module.subscription["classify"].configuration.acknowledgement == 300
    )
    error_message = "Code, function and subscription go together."
  }
}

run "images_are_private_and_never_deleted_by_themselves" {
  command = apply

  assert {
    condition     = alltrue([for bucket in [google_storage_bucket.images, google_storage_bucket.source] : bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced" && !bucket.versioning[0].enabled])
    error_message = "Both buckets: access by IAM only, never public, no versions."
  }

  assert {
    condition     = length(google_storage_bucket.images.lifecycle_rule) == 0
    error_message = "An original must not vanish while its record stays."
  }

  assert {
    condition     = google_storage_bucket.images.soft_delete_policy[0].retention_duration_seconds == 604800 && google_storage_bucket.images.force_destroy == false
    error_message = "Images: a week of soft delete, and no destroy while there are some."
  }
}

run "records_have_their_indexes_expiry_and_protection" {
  command = apply

  assert {
    condition     = [for index in google_firestore_index.this : concat([index.collection], [for field in index.fields : "${field.field_path} ${field.order}"])] == [["images", "status ASCENDING", "created_at DESCENDING"]]
    error_message = "The list by status needs its composite index, and no other query needs one."
  }

  assert {
    condition = (
      [for index in google_firestore_field.this["images/overdue_at"].index_config[0].indexes : index.order] == ["ASCENDING"]
      && [for index in google_firestore_field.this["images/created_at"].index_config[0].indexes : index.order] == ["DESCENDING"]
      && length(google_firestore_field.this["images/classification"].index_config[0].indexes) == 0
      && length(google_firestore_field.this["thumbnails/thumbnails"].index_config[0].indexes) == 0
    )
    error_message = "The sweep reads by overdue_at, the list by created_at; the large fields have no index."
  }

  assert {
    condition     = [for key, field in google_firestore_field.this : key if length(field.ttl_config) > 0] == ["batch_items/expire_at", "batch_keys/expire_at", "batches/expire_at", "callbacks/expire_at", "images/expire_at"]
    error_message = "Records, callbacks, batches with their items and idempotency keys expire by expire_at, and nothing else does."
  }

  assert {
    condition = (
      google_firestore_database.this.type == "FIRESTORE_NATIVE"
      && google_firestore_database.this.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
      && google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_ENABLED"
      && google_firestore_database.this.deletion_policy == "DELETE"
      && google_firestore_backup_schedule.daily[0].retention == "604800s"
    )
    error_message = "Native mode, recovery to any minute of a week, daily backups, and no destroy by default."
  }
}

run "destroy_leaves_nothing_once_protection_is_off" {
  command = apply
  variables {
    deletion_protection = false
  }

  assert {
    condition = (
      google_firestore_database.this.delete_protection_state == "DELETE_PROTECTION_DISABLED"
      && google_firestore_database.this.deletion_policy == "DELETE"
      && google_storage_bucket.images.force_destroy
      && google_storage_bucket.source.force_destroy
    )
    error_message = "Database and images go with the rest."
  }

  assert {
    condition     = alltrue([for service in google_project_service.this : service.disable_on_destroy == false])
    error_message = "APIs stay on: others in the project may use them."
  }
}

run "sweep_is_called_every_minute" {
  command = apply

  assert {
    condition = (
      google_cloud_scheduler_job.sweep.schedule == "* * * * *"
      && google_cloud_scheduler_job.sweep.http_target[0].http_method == "POST"
      && google_cloud_scheduler_job.sweep.http_target[0].uri == "https://sweep.run.app"
      && google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].audience == "https://sweep.run.app"
      && google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].service_account_email == google_service_account.invoker.email
      && google_cloud_scheduler_job.sweep.attempt_deadline == "70s"
    )
    error_message = "Cloud Scheduler calls sweep as the invoker, for longer than sweep may take."
  }
}

run "names_fit_when_they_are_as_long_as_allowed" {
  command = apply
  variables {
    name       = "a23456789012345678"
    project_id = "p23456789012345678901234567890"
    github     = { repository = "example/whatsit", repository_id = "1", owner_id = "2", state_bucket = "state" }
    front_door = { domains = ["api.example.com"], public = true }
  }

  assert {
    condition     = alltrue([for account in concat(values(google_service_account.function), values(google_service_account.due), [google_service_account.build, google_service_account.invoker]) : length(account.account_id) >= 6 && length(account.account_id) <= 30])
    error_message = "An account id has 6 to 30 characters."
  }

  assert {
    condition     = alltrue([for bucket in [google_storage_bucket.images, google_storage_bucket.source] : length(bucket.name) <= 63])
    error_message = "A bucket's name has at most 63 characters."
  }

  assert {
    condition     = alltrue([for function in local.deployed : length(function.name) <= 49]) && length(google_firestore_database.this.name) <= 63 && length(google_compute_managed_ssl_certificate.this[0].name) <= 63
    error_message = "Function, database and certificate have names that fit."
  }
}

run "names_fit_when_they_are_as_short_as_allowed" {
  command = apply
  variables {
    name = "w"
  }

  assert {
    condition     = alltrue([for account in concat(values(google_service_account.function), values(google_service_account.due), [google_service_account.build, google_service_account.invoker]) : length(account.account_id) >= 6]) && length(google_firestore_database.this.name) >= 4
    error_message = "An account id has at least 6 characters, a database at least 4."
  }
}

run "onnx_asks_no_service_and_has_room_to_decode" {
  command = apply
  variables {
    classifier = { name = "onnx" }
  }

  assert {
    condition     = output.configuration.classify.memory == "2048Mi" && output.configuration.classify.cpu == "2" && output.configuration.classify.concurrency == 4
    error_message = "Decoding takes memory and CPU."
  }

  assert {
    condition     = output.configuration.classify.environment.CLASSIFIER == "onnx" && !contains(keys(output.configuration.classify.environment), "VISION_MONTHLY_LIMIT") && !contains(keys(google_project_service.this), "vision.googleapis.com")
    error_message = "Nothing of Vision is left."
  }

  assert {
    condition     = !contains(keys(google_monitoring_alert_policy.this), "vision-near") && !contains(keys(google_monitoring_alert_policy.this), "vision-ceiling")
    error_message = "Nothing of Vision is watched."
  }
}
