resource "google_cloud_scheduler_job" "sweep" {
  project     = var.project_id
  region      = var.region
  name        = "${var.name}-sweep"
  description = "Puts forgotten work into the queue again"
  schedule    = "* * * * *"
  time_zone   = "Etc/UTC"

  # Sweep itself ends before its timeout; the next minute does what this one could not.
  attempt_deadline = "${max(15, local.sizes.sweep.timeout + 10)}s"
  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = module.function["sweep"].uri
    http_method = "POST"

    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = module.function["sweep"].uri
    }
  }

  depends_on = [google_project_service.this]
}
