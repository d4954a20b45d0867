# A changed zip is another object, and so another revision of this function and of no other.
resource "google_storage_bucket_object" "source" {
  bucket       = var.build.source_bucket
  name         = "${var.name}-${filesha256(var.archive)}.zip"
  source       = var.archive
  content_type = "application/zip"
}

resource "google_cloudfunctions2_function" "this" {
  project  = var.project_id
  location = var.region
  name     = var.name
  labels   = var.labels

  build_config {
    runtime               = var.build.runtime
    entry_point           = var.entry_point
    service_account       = var.build.service_account
    docker_repository     = var.build.repository
    environment_variables = var.build.environment

    automatic_update_policy {}

    source {
      storage_source {
        bucket = google_storage_bucket_object.source.bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = var.service_account.email
    available_memory                 = "${var.size.memory_mib}Mi"
    available_cpu                    = tostring(var.size.cpu)
    timeout_seconds                  = var.size.timeout
    max_instance_request_concurrency = var.size.concurrency
    min_instance_count               = var.size.min_instances
    max_instance_count               = var.size.max_instances
    ingress_settings                 = var.ingress
    all_traffic_on_latest_revision   = true
    environment_variables            = { for name, value in var.environment : name => value if value != null }

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value
        version    = "latest"
      }
    }
  }

  dynamic "event_trigger" {
    for_each = var.trigger == null ? [] : [var.trigger]
    content {
      trigger_region        = var.region
      event_type            = "google.cloud.pubsub.topic.v1.messagePublished"
      pubsub_topic          = event_trigger.value.topic
      service_account_email = event_trigger.value.service_account_email
      # Without it one failure loses the event.
      retry_policy = "RETRY_POLICY_RETRY"
    }
  }
}

# A function is a Cloud Run service, and this is the grant that lets a caller in. A function that is made anew
# has a service without grants, though its name is the same.
resource "google_cloud_run_service_iam_member" "invoker" {
  for_each = var.invokers

  project  = var.project_id
  location = var.region
  service  = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
