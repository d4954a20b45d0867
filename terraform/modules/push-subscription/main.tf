resource "google_pubsub_subscription" "this" {
  project              = var.project_id
  name                 = var.name
  labels               = var.labels
  topic                = var.topic
  ack_deadline_seconds = var.acknowledgement

  message_retention_duration   = "${var.retention}s"
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false

  # No text is never; nothing said is after 31 days without traffic.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  push_config {
    push_endpoint = var.endpoint

    oidc_token {
      service_account_email = var.invoker_email
      audience              = var.endpoint
    }
  }

  dynamic "dead_letter_policy" {
    for_each = var.dead_letter == null ? [] : [var.dead_letter]
    content {
      dead_letter_topic     = dead_letter_policy.value.topic
      max_delivery_attempts = dead_letter_policy.value.attempts
    }
  }
}

# Without both of these Pub/Sub delivers for ever and moves nothing, and says so nowhere but in the console.
resource "google_pubsub_topic_iam_member" "forward" {
  count = var.dead_letter == null ? 0 : 1

  project = var.project_id
  topic   = var.dead_letter.topic
  role    = "roles/pubsub.publisher"
  member  = var.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "forward" {
  count = var.dead_letter == null ? 0 : 1

  project      = var.project_id
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent

  lifecycle {
    replace_triggered_by = [google_pubsub_subscription.this.id]
  }
}
