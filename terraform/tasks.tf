locals {
  # Functions that put off, each with its topic.
  putting_off = { for name, function in local.functions : name => function.puts_off if function.puts_off != null }
  put_off     = toset(values(local.putting_off))
}

# Calls Pub/Sub when something is due: no function stands between. What it loses, or what it cannot do, the sweep does.
resource "google_cloud_tasks_queue" "later" {
  project  = var.project_id
  location = var.region
  name     = "${var.name}-later"

  rate_limits {
    max_dispatches_per_second = 500
    max_concurrent_dispatches = 100
  }

  # Pub/Sub away for longer than a day is the sweep's.
  retry_config {
    max_attempts       = -1
    max_retry_duration = "86400s"
    min_backoff        = "1s"
    max_backoff        = "60s"
    max_doublings      = 6
  }

  depends_on = [google_project_service.this]
}

# Who Cloud Tasks publishes as: one for each topic, so that who puts off results cannot have work published.
resource "google_service_account" "due" {
  for_each = local.put_off

  project      = var.project_id
  account_id   = "${var.name}-due-${each.key}"
  display_name = "Publishes what is due to ${each.key} of ${var.name}"

  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic_iam_member" "due" {
  for_each = local.put_off

  project = var.project_id
  topic   = google_pubsub_topic.this[each.key].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.due[each.key].member
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.putting_off

  project  = var.project_id
  location = google_cloud_tasks_queue.later.location
  name     = google_cloud_tasks_queue.later.name
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.function[each.key].member
}

# Who makes a task that acts as an account must be allowed to act as it.
resource "google_service_account_iam_member" "acts_as_due" {
  for_each = local.putting_off

  service_account_id = google_service_account.due[each.value].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.key].member
}
