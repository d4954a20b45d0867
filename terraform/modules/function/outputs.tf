output "id" {
  description = "Full name of the function; unknown in a plan that makes it anew."
  value       = google_cloudfunctions2_function.this.id
}

output "name" {
  description = "Name of the function, and of the Cloud Run service behind it."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Address of the Cloud Run service: what is called, and the audience of tokens for it."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "configuration" {
  description = "What was asked for, for tests and for people who compare."
  value = {
    entry_point           = google_cloudfunctions2_function.this.build_config[0].entry_point
    runtime               = google_cloudfunctions2_function.this.build_config[0].runtime
    build_environment     = google_cloudfunctions2_function.this.build_config[0].environment_variables
    build_service_account = google_cloudfunctions2_function.this.build_config[0].service_account
    source                = google_storage_bucket_object.source.name
    service_account       = google_cloudfunctions2_function.this.service_config[0].service_account_email
    memory                = google_cloudfunctions2_function.this.service_config[0].available_memory
    cpu                   = google_cloudfunctions2_function.this.service_config[0].available_cpu
    timeout               = google_cloudfunctions2_function.this.service_config[0].timeout_seconds
    concurrency           = google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency
    min_instances         = google_cloudfunctions2_function.this.service_config[0].min_instance_count
    max_instances         = google_cloudfunctions2_function.this.service_config[0].max_instance_count
    ingress               = google_cloudfunctions2_function.this.service_config[0].ingress_settings
    environment           = google_cloudfunctions2_function.this.service_config[0].environment_variables
    secrets               = [for secret in google_cloudfunctions2_function.this.service_config[0].secret_environment_variables : secret.key]
    triggers              = length(google_cloudfunctions2_function.this.event_trigger)
    invokers              = [for grant in google_cloud_run_service_iam_member.invoker : grant.member]
  }
}
