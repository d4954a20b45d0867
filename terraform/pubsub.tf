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

# Classify counts attempts itself and ends work after a few; the hundred are the net under that.
module "classify_subscription" {
  source = "./modules/push-subscription"
  count  = var.delivery == "push" ? 1 : 0

  project_id       = var.project_id
  name             = "${var.name}-classify"
  labels           = local.labels
  topic            = google_pubsub_topic.this["work"].id
  endpoint         = module.function["classify"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes.classify.timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub

  dead_letter = {
    topic    = google_pubsub_topic.this["dead-letters"].id
    attempts = 100
  }
}

# The same messages once more. No dead letters: those would end the work of an image that lacks its thumbnails only.
module "thumbnail_subscription" {
  source = "./modules/push-subscription"
  count  = var.delivery == "push" ? 1 : 0

  project_id       = var.project_id
  name             = "${var.name}-thumbnail"
  labels           = local.labels
  topic            = google_pubsub_topic.this["work"].id
  endpoint         = module.function["thumbnail"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes.thumbnail.timeout
  acknowledgement  = var.times.acknowledgement
  retention        = 86400
  pubsub_agent     = local.agents.pubsub
}

# Tells the record of a dead letter that nobody works on it any more.
module "dead_letter_subscription" {
  source = "./modules/push-subscription"

  project_id       = var.project_id
  name             = "${var.name}-dead-letter"
  labels           = local.labels
  topic            = google_pubsub_topic.this["dead-letters"].id
  endpoint         = module.function["dead-letter"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes["dead-letter"].timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub
}

# Tells those who wait. Who they are stands in the records, so a message that is given up is sent again by the sweep.
module "notify_subscription" {
  source = "./modules/push-subscription"

  project_id       = var.project_id
  name             = "${var.name}-notify"
  labels           = local.labels
  topic            = google_pubsub_topic.this["results"].id
  endpoint         = module.function["notify"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes.notify.timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub
}

# Carries open items of batches on. Each says itself when somebody must look at it again, so that the sweep finds what is lost.
module "fetch_subscription" {
  source = "./modules/push-subscription"

  project_id       = var.project_id
  name             = "${var.name}-fetch"
  labels           = local.labels
  topic            = google_pubsub_topic.this["fetches"].id
  endpoint         = module.function["fetch"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes.fetch.timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub
}

# Brings batches to where their images stand; the second subscription on the results.
module "progress_subscription" {
  source = "./modules/push-subscription"

  project_id       = var.project_id
  name             = "${var.name}-progress"
  labels           = local.labels
  topic            = google_pubsub_topic.this["results"].id
  endpoint         = module.function["progress"].uri
  invoker_email    = google_service_account.invoker.email
  function_timeout = local.sizes.progress.timeout
  acknowledgement  = var.times.acknowledgement
  pubsub_agent     = local.agents.pubsub
}

# Keeps each dead letter until somebody has looked at it: the one above acknowledges.
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
