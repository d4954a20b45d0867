resource "google_pubsub_topic" "this" {
  for_each = toset(["work", "dead-letters", "results", "fetches"])

  project      = var.project_id
  name         = "${var.name}-${each.value}"
  labels       = local.labels
  kms_key_name = var.kms_key_name

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.agent]
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = merge([
    for name, function in local.functions : { for topic in function.publishes : "${name}/${topic}" => { function = name, topic = topic } }
  ]...)

  project = var.project_id
  topic   = google_pubsub_topic.this[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.function[each.value.function].member
}

# A subscription of its own for each function that listens, but where Eventarc makes one.
module "subscription" {
  source = "./modules/push-subscription"
  for_each = {
    for name, function in local.functions : name => function.listens
    if function.listens != null && !contains(keys(local.triggers), name)
  }

  project_id       = var.project_id
  name             = "${var.name}-${each.key}"
  labels           = local.labels
  topic            = google_pubsub_topic.this[each.value].id
  endpoint         = module.function[each.key].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes[each.key].timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub

  # Nobody waits for thumbnails, and a retry has them made too. What else is given up after a week the sweep sends
  # again: who must be told, and what must be fetched, stands in the database.
  retention = each.key == "thumbnail" ? 86400 : 604800

  # Only classify has a net below: it counts attempts itself and ends work after a few. A dead letter of another would
  # end the work of an image that is well.
  dead_letter = each.key != "classify" ? null : {
    topic    = google_pubsub_topic.this["dead-letters"].id
    attempts = 100
  }
}

# Pub/Sub signs each push with a token of the invoker. Google grants its agent a role for that only if the agent was made
# by enabling the API; one that was made by hand has none (cloud.google.com/iam/docs/create-service-agents). This one is
# narrower than Google's: it holds for the invoker alone.
resource "google_service_account_iam_member" "pubsub_signs" {
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.agents.pubsub

  depends_on = [google_project_service.this]
}

# Keeps each dead letter until somebody has looked at it: the function dead-letter acknowledges.
resource "google_pubsub_subscription" "kept" {
  project              = var.project_id
  name                 = "${var.name}-dead-letters-kept"
  labels               = local.labels
  topic                = google_pubsub_topic.this["dead-letters"].id
  ack_deadline_seconds = 60

  message_retention_duration   = "2678400s"
  retain_acked_messages        = false
  enable_message_ordering      = false
  enable_exactly_once_delivery = false

  expiration_policy {
    ttl = ""
  }
}
