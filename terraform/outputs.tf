output "urls" {
  description = "Address of each function."
  value       = { for name, function in local.deployed : name => function.uri }
}

output "api" {
  description = "Where clients send images, and where they ask for results. The same address behind a front door."
  value = {
    upload = var.front_door == null ? "${local.deployed["upload"].uri}/v1/images" : "${local.public_url}/v1/images"
    status = "${local.public_url}/v1/images"
  }
}

output "curl" {
  description = "Sends the sample photo, as somebody who may call."
  value = join(" ", compact([
    "curl --data-binary @local/samples/cat.jpg -H 'Content-Type: image/jpeg'",
    local.everybody ? "" : "-H \"Authorization: Bearer $(gcloud auth print-identity-token)\"",
    var.front_door == null ? "${local.deployed["upload"].uri}/v1/images" : "${local.public_url}/v1/images",
  ]))
}

output "image_bucket" {
  description = "Bucket of the images."
  value       = google_storage_bucket.images.name
}

output "database" {
  description = "Database of the records."
  value       = google_firestore_database.this.name
}

output "topics" {
  description = "Topics of work and of dead letters."
  value       = { for name, topic in google_pubsub_topic.this : name => topic.name }
}

output "dead_letter_subscription" {
  description = "Where dead letters are kept, to be pulled by an operator."
  value       = google_pubsub_subscription.kept.name
}

output "front_door_address" {
  description = "Address that the domains must point at; null without a front door."
  value       = one(google_compute_global_address.this[*].address)
}

output "github" {
  description = "What the repository's variables must hold; null without github."
  value = one([for github in module.github : {
    GCP_WORKLOAD_IDENTITY_PROVIDER = github.provider
    GCP_PLAN_SERVICE_ACCOUNT       = github.plan_account
    GCP_APPLY_SERVICE_ACCOUNT      = github.apply_account
  }])
}

output "configuration" {
  description = "What each function was given, for tests and for people who compare."
  value       = { for name, function in local.deployed : name => function.configuration }
}
