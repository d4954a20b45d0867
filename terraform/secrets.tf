# Secrets that functions read, from the table in locals.tf: what callbacks are signed with. Links are signed without a key.
# A value is added with `gcloud secrets versions add`, never through Terraform, so that no state ever holds it.
resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  project   = var.project_id
  secret_id = "${var.name}-${each.value}"
  labels    = local.labels

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.this]
}
