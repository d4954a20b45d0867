output "name" {
  description = "Name of the subscription."
  value       = google_pubsub_subscription.this.name
}

output "configuration" {
  description = "What was asked for, for tests and for people who compare."
  value = {
    topic           = google_pubsub_subscription.this.topic
    acknowledgement = google_pubsub_subscription.this.ack_deadline_seconds
    retention       = google_pubsub_subscription.this.message_retention_duration
    expires         = google_pubsub_subscription.this.expiration_policy[0].ttl
    backoff         = [google_pubsub_subscription.this.retry_policy[0].minimum_backoff, google_pubsub_subscription.this.retry_policy[0].maximum_backoff]
    endpoint        = google_pubsub_subscription.this.push_config[0].push_endpoint
    audience        = google_pubsub_subscription.this.push_config[0].oidc_token[0].audience
    token_for       = google_pubsub_subscription.this.push_config[0].oidc_token[0].service_account_email
    dead_letter     = one(google_pubsub_subscription.this.dead_letter_policy[*])
    forward_grants = concat(
      [for grant in google_pubsub_topic_iam_member.forward : { role = grant.role, on = grant.topic, member = grant.member }],
      [for grant in google_pubsub_subscription_iam_member.forward : { role = grant.role, on = grant.subscription, member = grant.member }],
    )
  }
}
